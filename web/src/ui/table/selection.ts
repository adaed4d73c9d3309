// Selection of table rows as pure functions: toggle one, extend to another (shift), all, none.

export interface Selection {
  ids: ReadonlySet<string>;
  /** Where a range starts: the row that was touched last without shift. */
  anchor: string | null;
}

export const nothingSelected: Selection = { ids: new Set(), anchor: null };

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, anchor: id };
}

/** Selects everything between the anchor and `id`, in the order the rows are shown; the anchor stays. */
export function extendTo(selection: Selection, id: string, order: readonly string[]): Selection {
  const from = selection.anchor === null ? -1 : order.indexOf(selection.anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0) return toggle(selection, id);
  const ids = new Set(selection.ids);
  for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) ids.add(each);
  return { ids, anchor: selection.anchor };
}

export function selectAll(order: readonly string[]): Selection {
  return { ids: new Set(order), anchor: null };
}

/** Drops rows that are gone or filtered away: nobody acts on what cannot be seen. */
export function keepVisible(selection: Selection, order: readonly string[]): Selection {
  if (selection.ids.size === 0) return selection;
  const visible = new Set(order);
  const ids = new Set([...selection.ids].filter((id) => visible.has(id)));
  if (ids.size === selection.ids.size) return selection;
  const anchor = selection.anchor !== null && visible.has(selection.anchor) ? selection.anchor : null;
  return { ids, anchor };
}
