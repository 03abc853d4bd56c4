/** The questions about oneself that an API server answers. */
import { TrafficError } from '../../base/errors.ts';
import { isObject, type JsonObject } from '../../base/json.ts';
import { callUntilSettled, type Attempts } from './calls.ts';
import { field } from './fields.ts';
import { json, refusal } from './refusals.ts';
import type { About } from './wire.ts';

/**
 * Creates a review, which the server answers and keeps nothing of.
 *
 * @param kind `SelfSubjectAccessReview`
 * @param namespace that it is about, for messages
 * @returns the review's status
 * @throws TrafficError forbidden: not even this may be asked; otherwise as `callUntilSettled`
 */
export async function review(
  apiVersion: string,
  kind: string,
  namespace: string,
  spec: JsonObject,
  attempts: Attempts,
): Promise<unknown> {
  const resource = `${kind.toLowerCase()}s`;
  const about: About = { verb: 'create', resource, namespace, object: kind };
  const body = { apiVersion, kind, metadata: {}, spec };
  const call = { method: 'POST', path: `/apis/${apiVersion}/${resource}`, body } as const;
  const { answer } = await callUntilSettled(call, about, attempts);
  const status = answer.status < 300 ? field(json(answer), 'status') : undefined;
  if (isObject(status)) return status;
  // Not the Role: everybody who is known may ask this, unless a cluster takes the right away.
  if (answer.status === 403) throw new TrafficError('forbidden', `you may not ask for a ${kind}.`);
  throw refusal(answer, about, attempts.wire);
}
