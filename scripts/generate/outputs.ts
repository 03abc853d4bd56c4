import { FAILURE_REASONS } from '../../src/base/errors.ts';
import { OUTPUT_NAMES, type OutputName } from '../../src/report/outputs.ts';

const ABOUT: Readonly<Record<OutputName, string>> = {
  changed: '`true` when something was written (with `dry-run`: would be), else `false`.',
  operation: 'The operation that ran.',
  context:
    "The kubeconfig's context, `in-cluster` for the service account of the runner's pod, `keyless` with `server`. Empty with `manifests`.",
  server: "The URL of the cluster's API server. Empty with `manifests`.",
  subset:
    'The DestinationRule subset of `pod-selector`. Empty for `show`, `explain`, `history` and `clear`, and where several services have different ones.',
  'previous-subset':
    'For `weight` and `promote`: the subset to go back to, which is the one with the largest share of the base routes besides the build. Empty where that is the whole service, or not the same on all base routes.',
  'previous-pod-selector':
    'The labels of `previous-subset` (`app=api,build=9`). `promote` with them as `pod-selector` goes back to it.',
  'preview-url':
    'For `headers` with `link`: the address that opens the preview in a browser. Empty where the host is not known.',
  services:
    'JSON: with the input `services`, each service in order: `labelSelector`, `virtualService`, `podSelector`, `changed`, `subset`, `previousSubset`, `previousPodSelector`, `virtualServices`.',
  routes:
    'JSON: each route of the selected VirtualServices, what it matches, the share that each destination now gets, and who gets copies (`mirrors`). `[]` for `explain` and `history`.',
  diff: 'A unified diff of the YAML, by file or object. Empty when nothing changes.',
  plan: 'JSON: which objects are written in which phase, how (update, create, delete), and with what content.',
  explanations:
    'JSON: for `explain`, each request with the routes that it does not match, the route that it gets, its destinations, and whether the expectation is met.',
  history:
    'JSON: for `history`, the last changes, newest first: number, operation, build, who, when, run, and whether the change is still there.',
  verdict:
    'For `canary`: `good` where all stages were good, `unclear` where one could not be judged, `bad` where one was bad. Empty where no stage was watched.',
  stage:
    'For `canary`: the last stage that was written, from 1; `0` where none was. Empty where the inputs could not be used.',
  canary:
    'JSON: for `canary`, how it ended (`promoted`, `kept`, `taken-back`, `left`, `nothing`) and each stage with its requests, failures and gates. Of every other operation, `end` is `nothing`, and there are no stages.',
  pruned:
    'JSON: for `prune`, the builds whose previews were removed (with `dry-run`: would be), each with the reason, the repository and the pull request.',
  confirmed:
    'What makes sure that the proxies have the routes: `proxies` (they or istiod said so), `waited` (for at least a part of them, `propagation-wait` went by), or `none` (nothing was written, there was no wait, or they did not have them in time).',
  'safe-to-scale-down':
    'JSON: pod selectors (`app=api,build=9`) of the builds that no route sends to any more since this change. `[]` until the last wait is over, with `dry-run` and `manifests`, where pods may not be listed, and where an object in sight is not what Istio describes.',
  'failure-reason': `Empty on success, else one of ${FAILURE_REASONS.map((reason) => `\`${reason}\``).join(', ')}.`,
};

/** Every output with a sentence in Markdown, in the order of the table in `src/report/outputs.ts`. */
export const OUTPUTS: readonly { readonly name: OutputName; readonly about: string }[] = OUTPUT_NAMES.map(
  (name) => ({ name, about: ABOUT[name] }),
);
