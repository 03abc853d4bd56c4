/** What an API server says of whoever asks: as whom it knows us, and what we may do. */
import { TrafficError } from '../../base/errors.ts';
import { field, isObject, textIn, type JsonObject } from '../../base/json.ts';
import type { KnownUser } from '../../doctor/types.ts';
import { callUntilSettled, type Attempts } from './calls.ts';
import { json, refusal } from './refusals.ts';
import type { About } from './wire.ts';

/**
 * As whom the API server knows us. Everybody who is known may ask this, with whatever rights.
 *
 * @throws TrafficError as for every call; forbidden where a cluster takes that right away
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#self-subject-review
 */
export async function identityOf(attempts: Attempts): Promise<KnownUser> {
  const status = await review('authentication.k8s.io/v1', 'SelfSubjectReview', '', {}, attempts);
  const user = field(status, 'userInfo');
  const groups = field(user, 'groups');
  return { user: textIn(field(user, 'username')), groups: Array.isArray(groups) ? groups.map(textIn) : [] };
}

/** Creates a review, which the server answers and keeps nothing of; its `status`. */
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
