import { commandLine } from '../base/shell.ts';
import type { Snapshot } from './types.ts';

/**
 * A command about the objects of a snapshot, to be pasted: with the inputs that say where these are.
 *
 * @param inputs by their names, in the order of the flags
 * @example commandText(snapshot, 'promote', { 'pod-selector': 'build=9' })
 * // 'istiops traffic promote --namespace shop --pod-selector build=9 --manifests deploy'
 */
export function commandText(
  { namespace, repeated = {} }: Pick<Snapshot, 'namespace' | 'repeated'>,
  operation: string,
  inputs: Readonly<Record<string, string>>,
): string {
  const flags = Object.entries({ namespace, ...inputs, ...repeated });
  const words = ['istiops', 'traffic', operation, ...flags.flatMap(([name, text]) => [`--${name}`, text])];
  return commandLine(words) ?? `istiops traffic ${operation} with the same inputs`;
}
