// The sizes of pages, at both doors.

/** How many rows a page has where no size is asked for. */
export const PAGE_DEFAULT = 100;

/** How many it has at most; more is refused by the resolver, which names the argument. */
export const PAGE_MOST = 1_000;
