import { INPUTS } from '../../intent/inputs.ts';
import type { Reader } from '../../intent/reader.ts';
import { readSelection } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';

export interface ShowIntent extends Selection {
  readonly operation: 'show';
  /** Of every namespace; absent: of that of the run. */
  readonly allNamespaces?: true;
  /** With what each proxy has of them. */
  readonly proxies?: true;
}

export function readShow(reader: Reader): ShowIntent {
  const isOfAll = reader.read(INPUTS.allNamespaces) === true;
  if (isOfAll && reader.text(INPUTS.namespace) !== undefined)
    reader.fault(INPUTS.allNamespaces, "it can't go together with `namespace`");
  const withProxies = reader.read(INPUTS.proxies) === true;
  return {
    operation: 'show',
    ...readSelection(reader),
    ...(isOfAll && { allNamespaces: true }),
    ...(withProxies && { proxies: true }),
  };
}
