/** Lists that come page by page. */

interface Page {
  pagination: { has_more: boolean; next_cursor: string | null };
}

/** Every page, up to the one that has no next. */
export async function* pages<P extends Page>(
  fetchPage: (cursor: { cursor?: string }) => Promise<P>,
): AsyncGenerator<P> {
  let page = await fetchPage({});
  yield page;
  while (page.pagination.has_more && page.pagination.next_cursor !== null) {
    page = await fetchPage({ cursor: page.pagination.next_cursor });
    yield page;
  }
}
