/**
 * In the bundle, in place of `js-yaml`, by which the Kubernetes client reads kubeconfigs. Here they are read by
 * `src/stores/kubernetes/kubeconfig.ts`.
 */
function absent() {
  throw new Error('There is no js-yaml in this bundle: see scripts/bundle/no-yaml.js.');
}

export const load = absent;
export const loadAll = absent;
export const dump = absent;
