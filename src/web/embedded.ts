/**
 * Whether another page has this one in a frame. Which may is the service's to say (FRAME_ANCESTORS): it names them in
 * the page's policy, by which the browser shows it in no other's, and in the page itself.
 */
export const isFramed = window.parent !== window;

/** Whether the page is to be without what surrounds it: `?embed=1`, in a frame. */
export const isEmbedded = isFramed && new URLSearchParams(location.search).get("embed") === "1";

/**
 * What the tab keeps, and what the browser does. In a frame nothing is kept: others in the tab could have use of it, and
 * browsers may refuse even to be asked.
 */
export const tabStore: Storage | null = isFramed ? null : sessionStorage;
export const browserStore: Storage | null = isFramed ? null : localStorage;
