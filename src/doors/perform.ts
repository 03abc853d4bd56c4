import { toTrafficError } from '../base/errors.ts';
import { finding } from '../base/findings.ts';
import type { Redactor } from '../base/redactor.ts';
import { INPUTS } from '../intent/inputs.ts';
import { MATCH_INPUTS } from '../intent/read-alternatives.ts';
import type { Words } from '../intent/types.ts';
import { parseShift } from '../operations/parse-shift.ts';
import { parseWords, type ParseOptions } from '../operations/parse-words.ts';
import type { ParsedWords } from '../operations/request.ts';
import { probeSecrets } from '../probe/secrets.ts';
import { failed } from '../report/types.ts';
import { run } from '../run/run.ts';
import { collaboratorsOf } from './terminal-collaborators.ts';
import type { Terminal } from './terminal.ts';
import type { OutputView, TrafficCommand } from './traffic-commands.ts';
import { watchRoutes } from './watch-routes.ts';

/**
 * Runs one command below `istiops traffic`, and prints its outcome.
 *
 * @returns the exit code: 0 done or nothing to do, 1 failed, 2 a usage error
 */
export async function perform(
  name: TrafficCommand,
  words: Words,
  { format, diff, watch, spelling }: OutputView,
  terminal: Terminal,
): Promise<number> {
  const { print, secrets } = terminal;
  learnHeaders(words, secrets);
  const operation = name === 'shift' ? null : name;
  // What words of a shell are: a kubeconfig is a path, an input a flag.
  const shell: ParseOptions = { kubeconfigIs: 'path', spelling };
  let parsed: ParsedWords;
  try {
    parsed = operation === null ? parseShift(words, shell) : parseWords({ ...words, operation }, shell);
  } catch (thrown) {
    print({ ...failed(toTrafficError(thrown)), operation }, format);
    return 2;
  }
  if (watch && format !== 'pretty') {
    const message = '--watch draws for a person: leave out --output.';
    print({ ...failed({ reason: 'invalid-input', message }), operation }, format);
    return 2;
  }
  if (watch) return watchRoutes(parsed.request, terminal);
  const outcome = await run(parsed.request, collaboratorsOf(terminal));
  const unused = parsed.warnings.map((message) => finding('unused-input', 'warning', message));
  print({ ...outcome, findings: [...unused, ...outcome.findings] }, format, { diff });
  return outcome.failure === null ? 0 : 1;
}

function learnHeaders(words: Words, secrets: Redactor): void {
  const inTheClear = MATCH_INPUTS.map(({ name }) => words[name] ?? '');
  for (const { name } of [INPUTS.probeHeaders, INPUTS.metricsHeaders])
    for (const secret of probeSecrets(words[name] ?? '', ...inTheClear))
      secrets.learn(secret.text, secret.kind);
}
