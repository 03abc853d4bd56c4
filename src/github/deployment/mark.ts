/** What the main step leaves of its deployment for the post step, in the state that the runner keeps for a step. */
import { isList, isObject, type Json } from '../../base/json.ts';

export interface DeploymentMark {
  /** `octo-org/api` */
  readonly repository: string;
  readonly environment: string;
  /** By which it is found: it is marked before it has a number. */
  readonly key: string;
  /** Deployments of the environment that were active before it, the newest first. */
  readonly earlier: readonly number[];
  /** GitHub knows how it ended. */
  readonly isEnded: boolean;
}

/** As the runner keeps it: `markIn` reads it. */
export function markText(mark: DeploymentMark): string {
  return JSON.stringify(mark);
}

/** @returns undefined where none was left */
export function markIn(text: string): DeploymentMark | undefined {
  if (text === '') return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const { repository, environment, key, earlier, isEnded } = value;
  if (typeof repository !== 'string' || typeof environment !== 'string' || typeof key !== 'string')
    return undefined;
  if (!isList(earlier) || typeof isEnded !== 'boolean') return undefined;
  const numbers = earlier.filter((one) => typeof one === 'number');
  return { repository, environment, key, earlier: numbers, isEnded };
}
