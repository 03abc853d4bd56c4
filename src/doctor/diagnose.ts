import { finding, SEVERITIES, type Finding } from '../base/findings.ts';
import type { KubeObject } from '../istio/types.ts';
import { clusterFindings } from './cluster.ts';
import { objectFindings } from './objects.ts';
import { proxyCount, proxyFindings } from './proxies.ts';
import type { Diagnosis, Facts, Examined } from './types.ts';

/** What the facts mean for somebody who wants to shift traffic. Pure: the facts are all that it knows. */
export function diagnose(facts: Facts): Diagnosis {
  const { way, cluster, objects, proxies, warnings } = facts;
  const snapshot = valueOf(objects);
  const ofCluster = cluster === null ? [] : clusterFindings(cluster);
  // The lists are refused for the same reason, and the same Role helps.
  const isSaid =
    objects?.state === 'unknown' &&
    objects.reason === 'forbidden' &&
    ofCluster.some(({ code, severity }) => code === 'right-missing' && severity === 'error');
  const findings = onceEach([
    ...(way.state === 'unknown' ? [finding(way.reason, 'error', way.why)] : []),
    ...ofCluster,
    ...(objects === null || isSaid ? [] : objectFindings(objects)),
    ...(proxies === null ? [] : proxyFindings(proxies)),
    ...warnings.map((words) => finding('store', 'warning', words)),
  ]).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const known = valueOf(way);
  const here = (all: readonly KubeObject[]): number =>
    all.filter(({ metadata }) => metadata.namespace === snapshot?.namespace).length;
  return {
    isReady: findings.every(({ severity }) => severity !== 'error'),
    place: known?.name ?? null,
    access: known?.access ?? null,
    identity: valueOf(cluster?.identity ?? null) ?? null,
    rights: valueOf(cluster?.rights ?? null) ?? null,
    istiod: valueOf(cluster?.istiod ?? null) ?? null,
    namespace: snapshot?.namespace ?? cluster?.namespace ?? null,
    virtualServices: snapshot === undefined ? null : here(snapshot.virtualServices),
    destinationRules: snapshot === undefined ? null : here(snapshot.destinationRules),
    proxies: proxyCount(valueOf(proxies)),
    findings,
  };
}

function valueOf<T>(found: Examined<T> | null): T | undefined {
  return found?.state === 'known' ? found.value : undefined;
}

/** A server that isn't there is found at every part, and is one thing to mend. */
function onceEach(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ code, message }) => {
    // Tries differ in their number and time alone.
    const key = code === 'unreachable' || code === 'timeout' || code === 'unauthorized' ? code : message;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
