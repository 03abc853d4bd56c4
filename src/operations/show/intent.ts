import { INPUTS } from '../../intent/inputs.ts';
import { faultOfNamespaces, readLines } from '../../intent/read-lines.ts';
import type { Reader } from '../../intent/reader.ts';
import { readSelection, SELECTION_INPUTS } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';

export interface ShowIntent extends Selection {
  readonly operation: 'show';
  /** Several selections, in place of one: whatever any of them selects. */
  readonly services?: readonly Selection[];
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
  // Which builds the lines are about makes no difference to what is there.
  const lines = reader.read(INPUTS.services);
  const services = lines && readLines(reader, lines, readSelection);
  if (services !== undefined) faultOfNamespaces(reader, services);
  if (services !== undefined && SELECTION_INPUTS.some((input) => reader.text(input) !== undefined))
    reader.fault(INPUTS.services, "it can't go together with `label-selector` and `virtual-service`");
  return {
    operation: 'show',
    ...readSelection(reader),
    ...(services !== undefined && { services }),
    ...(isOfAll && { allNamespaces: true }),
    ...(withProxies && { proxies: true }),
  };
}
