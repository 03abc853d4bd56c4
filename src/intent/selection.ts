/** The inputs that say which VirtualServices are meant. */
import { isNarrowed, type ObjectName, type Selection } from '../istio/selection.ts';
import { INPUTS } from './inputs.ts';
import type { Reader } from './reader.ts';

/** The inputs of a selection, which an operation can't do without or can: see `readSelection`. */
export const SELECTION_INPUTS = [INPUTS.labelSelector, INPUTS.virtualService] as const;

/** What the inputs select; nothing is given: all VirtualServices of the namespace. */
export function readSelection(reader: Reader): Selection {
  const selector = reader.read(INPUTS.labelSelector);
  const virtualServices = reader.read(INPUTS.virtualService);
  const namespace = reader.text(INPUTS.namespace)?.trim();
  const named = [...new Set((virtualServices ?? []).flatMap((one) => one.namespace ?? []))];
  if (namespace === undefined && named.length > 1 && !isOfAllNamespaces(reader))
    reader.fault(
      INPUTS.virtualService,
      `they are in several namespaces (${named.join(', ')}), and an operation works in one`,
    );
  for (const wanted of virtualServices ?? []) {
    if (namespace === undefined || wanted.namespace === undefined || wanted.namespace === namespace) continue;
    reader.fault(
      INPUTS.virtualService,
      `${nameText(wanted)} is not in the namespace ${namespace}, which \`namespace\` gives`,
    );
  }
  return {
    ...(selector !== undefined && { selector }),
    ...(virtualServices !== undefined && { virtualServices }),
  };
}

/** Is `all-namespaces` given, and used? */
export function isOfAllNamespaces(reader: Reader): boolean {
  return (
    reader.isUsed(INPUTS.allNamespaces) && /^true$/i.test(reader.text(INPUTS.allNamespaces)?.trim() ?? '')
  );
}

/**
 * The namespace that all the names have in front: whoever writes `shop/api` has said it.
 *
 * @returns undefined where one of them has none, or there are none
 */
export function namespaceOfNames({ virtualServices = [] }: Selection): string | undefined {
  const [first, ...more] = virtualServices;
  return more.every(({ namespace }) => namespace === first?.namespace) ? first?.namespace : undefined;
}

/** As `readSelection`, for an operation that must be told what it may change; undefined where it isn't. */
export function readRequiredSelection(reader: Reader, operation: string): Selection | undefined {
  const selection = readSelection(reader);
  if (SELECTION_INPUTS.every((input) => reader.text(input) === undefined))
    reader.fault(
      INPUTS.labelSelector,
      `the operation ${operation} requires ${reader.isUsed(INPUTS.services) ? '`label-selector`, `virtual-service` or `services`' : '`label-selector` or `virtual-service`'}`,
    );
  const { selector, virtualServices } = selection;
  return selector === undefined && virtualServices === undefined ? undefined : selection;
}

/**
 * The inputs that make a selection, by their names.
 *
 * @example selectionInputs({ virtualServices: [{ name: 'web' }] }) // { 'virtual-service': 'web' }
 */
export function selectionInputs({ selector, virtualServices }: Selection): Readonly<Record<string, string>> {
  return {
    ...(selector !== undefined && { [INPUTS.labelSelector.name]: selector.text }),
    ...(virtualServices !== undefined && {
      [INPUTS.virtualService.name]: virtualServices.map(nameText).join(','),
    }),
  };
}

/** `api`, `shop/api`. */
export function nameText({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/**
 * What selects, as the subject of a sentence.
 *
 * @example chooser({ selector, virtualServices }) // '`label-selector` with `virtual-service`'
 */
export function chooser(selection: Selection): string {
  return Object.keys(selectionInputs(selection))
    .map((name) => `\`${name}\``)
    .join(' with ');
}

/** Why a VirtualService is not selected, to follow its title. Without a selection only those of other namespaces aren't. */
export function whyUnselected(selection: Selection): string {
  return isNarrowed(selection)
    ? `which ${chooser(selection)} does not select`
    : 'which is in another namespace';
}

/** What to do so that it is selected, after a `joint`; empty where no input could do it. */
export function howToWiden(selection: Selection, joint: string): string {
  if (!isNarrowed(selection)) return '';
  return `${joint}${selection.virtualServices === undefined ? 'widen' : 'change'} ${chooser(selection)}`;
}
