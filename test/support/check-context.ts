/** What a check looks at, made by hand: what no plan comes to is checked, too. */
import { isReadOnly } from '../../src/operations/index.ts';
import type { CheckContext } from '../../src/checks/context.ts';
import type { ChangeDraft } from '../../src/plan/draft.ts';
import type { Phase, Write } from '../../src/plan/types.ts';
import { intentOf, snapshotOf } from './plane.ts';

const NOTHING: ChangeDraft = {
  subset: null,
  virtualServices: [],
  needed: [],
  released: () => false,
  findings: [],
};

export interface Given {
  readonly snapshot?: CheckContext['snapshot'];
  readonly draft?: Partial<ChangeDraft>;
  /** The writes of each phase. */
  readonly phases?: Readonly<Partial<Record<Phase['name'], readonly Write[]>>>;
}

export function contextOf(
  words: Readonly<Record<string, string>>,
  { snapshot = snapshotOf([], []), draft, phases = {} }: Given,
): CheckContext {
  const intent = intentOf(words);
  if (isReadOnly(intent)) throw new Error('It changes nothing.');
  const names = ['add-subsets', 'routes', 'remove-subsets'] as const;
  return {
    snapshot,
    intent,
    draft: { ...NOTHING, ...draft },
    phases: names.map((name) => ({ name, writes: phases[name] ?? [] })),
  };
}
