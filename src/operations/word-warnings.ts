/** What is said of words that are no fault: those that nothing uses, and those that may be meant otherwise. */
import { headerDoubts } from '../intent/header-doubts.ts';
import { INPUTS } from '../intent/inputs.ts';
import { unusedInLines } from '../intent/read-lines.ts';
import type { Reader } from '../intent/reader.ts';
import { AS_INPUTS, type InputSpelling } from '../intent/spelling.ts';
import { operationOf, requestedAlternatives } from './index.ts';
import { ALL_INPUTS, usedBy } from './inputs.ts';
import type { Request } from './request.ts';

/** Sentences, for the log. */
export function wordWarnings(
  reader: Reader,
  request: Request,
  spelling: InputSpelling | undefined,
): readonly string[] {
  return [
    ...unusedWarnings(reader, request),
    ...unusedOfLines(reader, request),
    ...blankWarnings(reader, spelling),
    ...headerDoubts(requestedAlternatives(request.intent) ?? []),
  ];
}

/**
 * An input at its default says nothing, so it is not warned about: a workflow that hands all inputs on to several
 * operations stays quiet.
 */
function unusedWarnings(reader: Reader, { intent, dryRun: isDryRun }: Request): readonly string[] {
  const operation = operationOf(intent);
  const isInFiles = reader.text(INPUTS.manifests) !== undefined;
  return ALL_INPUTS.filter((input) => {
    const text = reader.text(input);
    // The runner puts a token in place of the default, which is an expression.
    const isGivenByRunner = input.secret && input.default !== undefined;
    return text !== undefined && !isGivenByRunner && text.trim() !== input.default;
  }).flatMap((input) => {
    const { name } = input;
    if (!usedBy(input).includes(operation)) return [`\`${name}\` is not used by the operation ${operation}.`];
    const why = isInFiles ? IDLE_IN_FILES[name] : undefined;
    if (why !== undefined) return [`\`${name}\` is not used with \`manifests\`: ${why}.`];
    const isIdle = isDryRun && name === INPUTS.probeUrl.name;
    return isIdle
      ? [`\`${name}\` is not used with \`dry-run: true\`: nothing changes that it could tell of.`]
      : [];
  });
}

/**
 * A flag that is given as an empty text is most often a variable of the shell that isn't set. An input of the Action
 * says nothing by it: the runner hands on those that the workflow leaves out likewise.
 */
function blankWarnings(reader: Reader, { noun }: Pick<InputSpelling, 'noun'> = AS_INPUTS): readonly string[] {
  if (noun !== 'flag') return [];
  return ALL_INPUTS.filter((input) => reader.isUsed(input) && reader.isBlank(input)).map(
    ({ name }) => `\`${name}\` is empty (an unset variable?) and counts as not given.`,
  );
}

/** The same of what the lines of `services` give. */
function unusedOfLines(reader: Reader, { intent }: Request): readonly string[] {
  const text = reader.text(INPUTS.services);
  if (text === undefined || !reader.isUsed(INPUTS.services)) return [];
  const lines = INPUTS.services.parse(text);
  if (!lines.ok) return [];
  return unusedInLines(reader, lines.value).map(
    (name) => `\`${name}\` in \`services\` is not used by the operation ${operationOf(intent)}.`,
  );
}

const IDLE_IN_FILES: Readonly<Record<string, string>> = {
  [INPUTS.kubeconfigFrom.name]: 'there is no cluster to reach',
  [INPUTS.propagationWait.name]: 'in files there is nothing to wait for',
  [INPUTS.confirm.name]: 'in files there are no proxies to ask',
  [INPUTS.confirmTimeout.name]: 'in files there are no proxies to ask',
  [INPUTS.waitForPods.name]: 'in files there is nothing to wait for',
  [INPUTS.expires.name]: 'files do not say whose a preview is',
  [INPUTS.probeUrl.name]: 'no mesh has the change yet that it could tell of',
  [INPUTS.onFailure.name]: 'the files go with the job, and what is committed is for git to revert',
};
