/** What a Kubernetes object is known by. */
export interface NamedObject {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}

/** `VirtualService shop/api`, as messages say it. */
export function titleOf({ kind, metadata }: NamedObject): string {
  return `${kind} ${fullName(metadata)}`;
}

/** `shop/api`: what is the same object, of one kind, before and after a change. */
export function fullName({ namespace, name }: NamedObject['metadata']): string {
  return `${namespace}/${name}`;
}
