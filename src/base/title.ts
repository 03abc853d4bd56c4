/** What a Kubernetes object is known by. */
export interface NamedObject {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
}

/** `VirtualService shop/api`, as messages say it. */
export function titleOf({ kind, metadata }: NamedObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
