import { INPUTS } from '../intent/inputs.ts';
import { faultOfNamespaces, isOfLine, LINE_INPUTS, readLines } from '../intent/read-lines.ts';
import type { Reader } from '../intent/reader.ts';
import { selectionOf, type Intent } from './index.ts';
import { isServiceIntent, type ServiceOfIntent, type ServicesIntent } from './services.ts';
import type { Door } from './types.ts';

/**
 * An intent for each line: the operation reads each as if what the line gives had been given as inputs.
 *
 * @returns undefined where something is at fault, which the reader knows
 */
export function readServices(reader: Reader, door: Door<Intent>): ServicesIntent | undefined {
  const lines = reader.read(INPUTS.services);
  const beside = LINE_INPUTS.filter((input) => reader.text(input) !== undefined);
  if (beside.length > 0) {
    const names = beside.map(({ name }) => `\`${name}\``).join(', ');
    reader.fault(
      INPUTS.services,
      `it can't go together with ${names}: each line says which VirtualServices, which service and which build it is about (app=api, hostname: api -> app=api,build=10)`,
    );
    return undefined;
  }
  if (lines === undefined) {
    faultsOfOthers(reader, door);
    return undefined;
  }
  const services = readLines(reader, lines, (own, line): ServiceOfIntent | undefined => {
    const intent = door.read(own);
    return intent === undefined || !isServiceIntent(intent) ? undefined : { line, intent };
  });
  const [first] = services ?? [];
  if (services === undefined || first === undefined) return undefined;
  faultOfNamespaces(
    reader,
    services.map(({ intent }) => selectionOf(intent)),
  );
  return { operation: first.intent.operation, services };
}

/** Whoever mends the lines should not learn only then what else is wrong. */
function faultsOfOthers(reader: Reader, door: Door<Intent>): void {
  const own = reader.withWords({ [INPUTS.labelSelector.name]: 'app', [INPUTS.podSelector.name]: 'app=any' });
  door.read(own);
  reader.keep(own.faults.filter((fault) => !isOfLine(fault)));
}
