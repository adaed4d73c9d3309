// Selection and order of table rows.
import { describe, expect, it } from 'vitest';
import { compareValues, nextSort } from './columns';
import { heldOrder } from './order';
import { extendTo, keepVisible, nothingSelected, selectAll, toggle } from './selection';

const order = ['a', 'b', 'c', 'd', 'e'];
const ids = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join('');

describe('selection', () => {
  it('toggles one row', () => {
    const one = toggle(nothingSelected, 'b');
    expect(ids(one)).toBe('b');
    expect(ids(toggle(one, 'b'))).toBe('');
  });

  it('extends from the anchor in both directions and keeps what was selected', () => {
    const from = toggle(toggle(nothingSelected, 'e'), 'c');
    expect(ids(extendTo(from, 'a', order))).toBe('abce');
    expect(ids(extendTo(extendTo(from, 'a', order), 'd', order))).toBe('abcde');
  });

  it('extends by the order that is shown', () => {
    expect(ids(extendTo(toggle(nothingSelected, 'e'), 'b', ['e', 'b', 'a']))).toBe('be');
  });

  it('selects one row when there is no anchor, or it is gone', () => {
    expect(ids(extendTo(nothingSelected, 'c', order))).toBe('c');
    expect(ids(extendTo(toggle(nothingSelected, 'x'), 'c', order))).toBe('cx');
  });

  it('drops rows that cannot be seen', () => {
    const all = selectAll(order);
    expect(ids(keepVisible(all, ['b', 'd']))).toBe('bd');
    expect(keepVisible(all, order)).toBe(all);
  });
});

describe('order', () => {
  it('stays under the pointer while values change', () => {
    expect(heldOrder(['a', 'b', 'c'], ['c', 'd', 'a'])).toEqual(['a', 'c', 'd']);
  });

  it('compares numbers in names as numbers', () => {
    expect(['web-10', 'web-9', 'Web-1'].sort(compareValues)).toEqual(['Web-1', 'web-9', 'web-10']);
    expect([10, 9].sort(compareValues)).toEqual([9, 10]);
  });

  it('turns round when the same header is pressed again', () => {
    expect(nextSort(null, 'name')).toEqual({ id: 'name', desc: false });
    expect(nextSort({ id: 'name', desc: false }, 'name')).toEqual({ id: 'name', desc: true });
    expect(nextSort({ id: 'name', desc: true }, 'cpu')).toEqual({ id: 'cpu', desc: false });
  });
});
