import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  PREVIEWS,
  previewOwners,
  withPreviewOwners,
  type PreviewOwner,
} from '../../src/plan/preview-owners.ts';
import { virtualService } from '../support/plane.ts';

const OWNER: PreviewOwner = {
  repository: 'octo-org/api',
  pullRequest: 10,
  commit: 'a'.repeat(40),
  made: '2030-01-01T00:00:00.000Z',
  expires: '2030-01-15T00:00:00.000Z',
};

const preview = (subset: string) => ({
  name: `istiops-${subset}`,
  route: [{ destination: { host: 'api', subset } }],
});

test('the owner of a preview is read back as it was written', () => {
  const owned = withPreviewOwners(virtualService({ http: [preview('api-7')] }), 'api-7', OWNER);
  expect([...previewOwners(owned)]).toEqual([['api-7', OWNER]]);
  expect(owned.metadata.annotations).toMatchInlineSnapshot(`
    {
      "istiops/previews": "{"api-7":{"repository":"octo-org/api","pullRequest":10,"commit":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","made":"2030-01-01T00:00:00.000Z","expires":"2030-01-15T00:00:00.000Z"}}",
    }
  `);
});

test('an owner goes with the last preview, and its annotation with the last owner', () => {
  const owned = withPreviewOwners(virtualService({ http: [preview('api-7')] }), 'api-7', OWNER);
  const { metadata } = withPreviewOwners({ ...owned, spec: { http: [] } }, null, OWNER);
  expect(metadata.annotations).toBeUndefined();
});

test('a VirtualService without previews gets no annotation', () => {
  const plain = virtualService({ http: [{ route: [{ destination: { host: 'api' } }] }] });
  expect(withPreviewOwners(plain, 'api-7', OWNER)).toBe(plain);
});

test('whatever somebody wrote there is read without a fault', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      const given = virtualService({});
      const metadata = { ...given.metadata, annotations: { [PREVIEWS]: text } };
      expect([...previewOwners({ ...given, metadata })]).toEqual([]);
    }),
  );
});
