export interface Page<Item> {
  readonly items: readonly Item[] | undefined;
  readonly next: string | undefined;
}

/** Reads a list to its end, page by page. */
export async function allPages<Item>(read: (marker: string | undefined) => Promise<Page<Item>>): Promise<Item[]> {
  const found: Item[] = [];
  let marker: string | undefined;
  do {
    const page = await read(marker);
    found.push(...(page.items ?? []));
    marker = page.next;
  } while (marker !== undefined);
  return found;
}
