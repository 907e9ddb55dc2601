/**
 * The look of the explorer's own bar, light and dark. Which of its sentences and links show follows from
 * `data-state` on the body, which the boot script sets.
 */
export const STYLE = `:root { color-scheme: light dark; }
body {
  --ground: #ffffff; --line: #d9dee7; --ink: #1f2a3d; --quiet: #5a6780; --accent: #0b6bcb; --warm: #fff6e0;
  margin: 0; height: 100vh; height: 100dvh; display: grid; grid-template: auto minmax(0, 1fr) / minmax(0, 1fr);
  background: var(--ground); color: var(--ink); font: 14px/1.4 system-ui, "Segoe UI", Roboto, sans-serif;
}
@media (prefers-color-scheme: dark) {
  body:not(.graphiql-light) {
    --ground: #1a2130; --line: #333e52; --ink: #e6ebf4; --quiet: #a3b0c7; --accent: #6fb7ff; --warm: #3a3115;
  }
}
body.graphiql-dark {
  --ground: #1a2130; --line: #333e52; --ink: #e6ebf4; --quiet: #a3b0c7; --accent: #6fb7ff; --warm: #3a3115;
}
header {
  display: flex; align-items: center; gap: 6px 20px; flex-wrap: wrap; padding: 7px 16px;
  border-bottom: 1px solid var(--line); background: var(--ground);
}
header h1 { display: flex; align-items: center; gap: 8px; margin: 0; font-size: 15px; font-weight: 650; }
header h1 img { width: 22px; height: 22px; }
header h1 small { color: var(--quiet); font-size: 13px; font-weight: 400; }
header p { margin: 0; color: var(--quiet); }
header .where { flex: 1 1 auto; }
header code { padding: 1px 5px; border-radius: 4px; background: var(--warm); color: var(--ink); font-size: 12.5px; }
header a, summary { color: var(--accent); }
header a { text-underline-offset: 2px; }
:is(header a, summary):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
details { position: relative; }
summary { cursor: pointer; }
details ul {
  position: absolute; right: 0; z-index: 10; margin: 8px 0 0; padding: 6px 0; list-style: none;
  border: 1px solid var(--line); border-radius: 6px; background: var(--ground); box-shadow: 0 6px 24px #0004;
}
details li a { display: block; padding: 5px 18px; white-space: nowrap; text-decoration: none; }
details li a:hover { text-decoration: underline; }
#stage { min-height: 0; }
#stage iframe { width: 100%; height: 100%; border: 0; }
[data-in] { display: none; }
body[data-state="loading"] [data-in~="loading"], body[data-state="sandbox"] [data-in~="sandbox"],
body[data-state="graphiql"] [data-in~="graphiql"], body[data-state="fallback"] [data-in~="fallback"],
body[data-state="broken"] [data-in~="broken"] { display: revert; }
@media (max-width: 760px) { header .hint { display: none; } }
`;

/** A tide coming in, in the accent colour. */
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#0b6bcb"/>
<g fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round">
<path d="M6 11.5q3.3-3.5 6.600 0t6.700 0t6.700 0"/>
<path d="M6 17q3.3-3.5 6.600 0t6.700 0t6.700 0" opacity=".8"/>
<path d="M6 22.5q3.3-3.5 6.600 0t6.700 0t6.700 0" opacity=".6"/>
</g></svg>
`;
