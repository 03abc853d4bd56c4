import { TrafficError } from '../base/errors.ts';
import type { Request } from '../operations/request.ts';
import type { Collaborators } from '../ports/collaborators.ts';

/**
 * The request with the file of expectations read, before anything is contacted.
 *
 * @throws TrafficError not-found, invalid-input with line and column of all that is wrong in it
 */
export async function withExpectations(
  request: Request,
  { readText }: Pick<Collaborators, 'readText'>,
): Promise<Request> {
  const { intent } = request;
  if (!('expectations' in intent)) return request;
  if (readText === undefined)
    throw new TrafficError('invalid-input', 'No file of expectations can be read here.');
  const { path } = intent.expectations;
  // Only when it is needed: to load YAML takes longer than all the rest of a start.
  const { readExpectations } = await import('../intent/expectations.ts');
  const cases = readExpectations(path, await readText(path));
  return { ...request, intent: { ...intent, expectations: { path, cases } } };
}
