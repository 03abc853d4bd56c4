/** A value that is computed when it is first wanted, and then kept. */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A pure function that computes the result for each key once: thousands of routes share a few lists and hosts. */
export function memoized<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key) ?? { value: make(key) };
    known.set(key, found);
    return found.value;
  };
}

/** The same, but for the last key alone: no more than one result is kept. */
export function memoizedLast<K, V>(make: (key: K) => V): (key: K) => V {
  let last: { readonly key: K; readonly value: V } | undefined;
  return (key) => {
    if (last === undefined || last.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

/**
 * The same for an object that never changes, which is what everything that was read is: the result is kept as long as
 * the object, so that each step of a plan, a check and the guard can call for it anew.
 *
 * @example const routesOf = memoizedFor((virtualService: VirtualService) => allRoutesIn(virtualService));
 */
export function memoizedFor<K extends object, V extends object | string | number>(
  make: (key: K) => V,
): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(key);
    known.set(key, made);
    return made;
  };
}
