import { FAILURE_REASONS } from '../../src/errors.ts';
import { OUTPUT_NAMES, type OutputName } from '../../src/report/outputs.ts';

const ABOUT: Readonly<Record<OutputName, string>> = {
  changed: '`true` when something was written (with `dry-run`: would be), else `false`.',
  operation: 'The operation that ran.',
  subset: 'The DestinationRule subset of `pod-selector`. Empty for `show`, `explain` and `clear`.',
  routes:
    'JSON: each route of the selected VirtualServices, what it matches and what share each destination now gets. Empty for `explain`, whose answer is in `explanations`.',
  diff: 'A unified diff of the YAML, by file or object. Empty when nothing changes.',
  plan: 'JSON: which objects are written in which phase, with their new content.',
  explanations:
    'JSON: for `explain`, each request with the routes that let it pass, the one that takes it, its destinations, and whether that is what is expected.',
  'safe-to-scale-down':
    'JSON: pod selectors (`app=api,build=9`) that no route sends to any more. Set only once the last wait is over, never with `dry-run` or `manifests`, and never where pods may not be listed.',
  'failure-reason': `Empty on success, else one of ${FAILURE_REASONS.map((reason) => `\`${reason}\``).join(', ')}.`,
};

/** Every output with a sentence in Markdown, in the order of the table in `src/report/outputs.ts`. */
export const OUTPUTS: readonly { readonly name: OutputName; readonly about: string }[] = OUTPUT_NAMES.map(
  (name) => ({ name, about: ABOUT[name] }),
);
