/** Writes into files, and what else they may not touch. */
import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  DR,
  failure,
  manifestsFolder,
  named,
  only,
  VS,
  weighted,
  withSubset,
} from '../../support/manifests-folder.ts';

const { at, put, storeOf, text } = manifestsFolder();

describe('writing', () => {
  test('changes two lines, keeps the mode, leaves no other file, answers what is there', async () => {
    put({ 'vs.yaml': VS });
    chmodSync(at('vs.yaml'), 0o640);
    const store = storeOf('.');
    const write = weighted(await only(store), 50);
    await store.rehearse(write);
    expect(text('vs.yaml')).toBe(VS);
    expect(await store.write(write)).toEqual(write.after);
    expect(text('vs.yaml')).toBe(VS.replace('80', '50').replace('20', '50'));
    expect(statSync(at('vs.yaml')).mode & 0o777).toBe(0o640);
    expect(readdirSync(at(''))).toEqual(['vs.yaml']);
  });

  test('several into one file, at the same time', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `api-${index}`);
    put({ 'all.yaml': names.map(named).join('---\n') });
    const store = storeOf('all.yaml');
    const writes = (await store.read()).virtualServices.map((vs) => weighted(vs, 50));
    await Promise.all(writes.map((write) => store.write(write)));
    expect(text('all.yaml')).toBe(
      names.map(named).join('---\n').replaceAll('80', '50').replaceAll('20', '50'),
    );
  });

  test('phases: what a later one starts from is what an earlier one leaves', async () => {
    put({ 'all.yaml': `${VS}---\n${DR}` });
    const store = storeOf('all.yaml');
    const { virtualServices, destinationRules } = await store.read();
    const [vs, dr] = [virtualServices[0], destinationRules[0]];
    if (vs === undefined || dr === undefined) throw new Error('both are there');
    const added = withSubset(dr, 'v2');
    const again = withSubset(added.after, 'v3');
    const writes = [added, weighted(vs, 50), again];
    await Promise.all(writes.map((write) => store.rehearse(write)));
    expect(text('all.yaml')).toBe(`${VS}---\n${DR}`);
    const planned = store.texts(writes);
    for (const write of writes) await store.write(write);
    expect(planned).toEqual([{ label: 'all.yaml', before: `${VS}---\n${DR}`, after: text('all.yaml') }]);
    expect(text('all.yaml')).toContain('    - name: v3\n      labels: {version: "v3"}\n');
    expect(store.texts(writes)).toEqual(planned);
  });

  test('undone, a file is as it was, moved anchors too', async () => {
    const shared = VS.replace('- route:', '- route: &r').replace(/$/, '    - route: *r\n      name: b\n');
    put({ 'vs.yaml': shared });
    const store = storeOf('vs.yaml');
    const before = await only(store);
    const [first, ...others] = before.spec.http ?? [];
    const http = [{ ...first, route: [{ destination: { host: 'api' } }] }, ...others];
    const after = { ...before, spec: { ...before.spec, http } };
    await store.write({ kind: 'VirtualService', before, after });
    expect(text('vs.yaml')).not.toBe(shared);
    await store.write({ kind: 'VirtualService', before: after, after: before });
    expect(text('vs.yaml')).toBe(shared);
    expect(store.texts([{ kind: 'VirtualService', before: after, after: before }])).toEqual([]);
  });

  test('a dry run does everything but write', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml', { dryRun: true });
    const write = weighted(await only(store), 50);
    expect(await store.write(write)).toEqual(write.after);
    expect(text('vs.yaml')).toBe(VS);
  });

  test('a file that somebody else has changed is a conflict, and read again it is none', async () => {
    put({ 'a.yaml': named('a'), 'b.yaml': named('b') });
    const store = storeOf('.');
    const [a, b] = (await store.read()).virtualServices;
    if (a === undefined || b === undefined) throw new Error('both are there');
    await store.write(weighted(a, 50));
    put({ 'b.yaml': `# mine\n${named('b')}` });
    const error = await failure(store.write(weighted(b, 50)));
    expect([error.reason, error.message]).toEqual([
      'conflict',
      expect.stringContaining('b.yaml was changed by someone else'),
    ]);
    expect(text('b.yaml')).toBe(`# mine\n${named('b')}`);
    const fresh = (await store.read()).virtualServices.find(({ metadata }) => metadata.name === 'b');
    if (fresh === undefined) throw new Error('b is there');
    await store.write(weighted(fresh, 50));
    expect(text('b.yaml')).toBe(`# mine\n${named('b').replace('80', '50').replace('20', '50')}`);
    // The first write of this run is part of its diff, though the file was read again after it.
    expect(
      store.texts([weighted(a, 50), weighted(fresh, 50)]).map(({ label, before }) => [label, before]),
    ).toEqual([
      ['a.yaml', named('a')],
      ['b.yaml', `# mine\n${named('b')}`],
    ]);
  });

  test('an object that is not what was read is a conflict', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml');
    const vs = await only(store);
    const stale = weighted({ ...vs, spec: { ...vs.spec, hosts: ['other'] } }, 50);
    expect((await failure(store.rehearse(stale))).reason).toBe('conflict');
    expect((await failure(store.write(stale))).reason).toBe('conflict');
    expect(text('vs.yaml')).toBe(VS);
  });

  test('a read-only file is refused before anything is written', async () => {
    put({ 'vs.yaml': VS });
    chmodSync(at('vs.yaml'), 0o444);
    const store = storeOf('vs.yaml');
    const { reason, message } = await failure(store.rehearse(weighted(await only(store), 50)));
    expect([reason, message]).toEqual([
      'forbidden',
      expect.stringMatching(/^vs\.yaml could not be written: ./),
    ]);
    expect(text('vs.yaml')).toBe(VS);
  });

  test('a deleted file is a conflict', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml');
    const write = weighted(await only(store), 50);
    rmSync(at('vs.yaml'));
    expect((await failure(store.write(write))).reason).toBe('conflict');
    expect(readdirSync(at(''))).toEqual([]);
  });

  test('two objects of one name are a warning, and an error once one is to be written', async () => {
    put({
      'base/vs.yaml': VS,
      'overlays/prod.yaml': `# prod\n---\n${VS}`,
      'other.yaml': VS.replace('name: api', 'name: api\n  namespace: shop'),
    });
    const store = storeOf('.');
    const vs = await only(store);
    expect(store.warnings).toEqual([
      'VirtualService default/api is in base/vs.yaml:1 and overlays/prod.yaml:3: it is not clear which of them reaches the cluster. The first stands for both in what is shown, and neither can be changed.',
    ]);
    const error = await failure(store.rehearse(weighted(vs, 50)));
    expect([error.reason, error.message]).toEqual([
      'ambiguous',
      expect.stringContaining('base/vs.yaml:1 and overlays/prod.yaml:3'),
    ]);
    expect(store.texts([weighted(vs, 50)])).toEqual([]);
  });

  test('a change that would make it another object is refused', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml');
    const before = await only(store);
    const after = { ...before, metadata: { ...before.metadata, namespace: 'shop' } };
    expect((await failure(store.write({ kind: 'VirtualService', before, after }))).reason).toBe('internal');
    expect(text('vs.yaml')).toBe(VS);
  });
});
