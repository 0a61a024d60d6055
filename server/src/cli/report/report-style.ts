/** The page's look, in light and dark. */
export const REPORT_STYLE = /* css */ `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6b7c; --line: #dde3ea; --page: #f6f8fa; --card: #fff; --good: #1a7f4b; --bad: #c0392b; --warn: #b26a00; --accent: #0b63b6; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #97a5b5; --line: #2b3643; --page: #10161d; --card: #18202a; --good: #4cc38a; --bad: #ff7b6b; --warn: #f0b04f; --accent: #6db3f2; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 48px; }
h1 { margin: 0; font-size: 26px; } h2 { margin: 0 0 10px; font-size: 17px; }
.meta { color: var(--soft); margin: 4px 0 18px; }
.sentence { font-size: 18px; margin: 0 0 20px; max-width: 70em; }
.verdict { display: inline-block; padding: 1px 9px; border-radius: 10px; font-size: 13px; border: 1px solid currentColor; vertical-align: 4px; margin-left: 8px; color: var(--warn); }
.verdict.fresh { color: var(--good); } .verdict.too_old { color: var(--bad); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; margin: 0 0 18px; }
.maps { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 18px; }
.map { position: relative; } .map canvas { width: 100%; aspect-ratio: 1; display: block; }
.map h3 { margin: 0 0 4px; font-size: 14px; font-weight: 600; } .map h3 span { color: var(--soft); font-weight: 400; }
.tip { position: absolute; pointer-events: none; background: var(--ink); color: var(--page); padding: 2px 8px; border-radius: 5px; font-size: 12px; white-space: nowrap; display: none; z-index: 1; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; }
th, td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); vertical-align: middle; } tr:last-child td { border-bottom: 0; }
td.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 22px; } th.number { text-align: right; padding-right: 22px; }
.swatch { display: inline-block; width: 11px; height: 11px; border-radius: 50%; margin-right: 7px; }
.event { display: inline-block; border-radius: 9px; padding: 0 8px; font-size: 12px; border: 1px solid var(--line); margin-right: 4px; color: var(--soft); }
.event.born, .event.returned { color: var(--good); border-color: currentColor; } .event.died { color: var(--bad); border-color: currentColor; }
.event.split, .event.merged { color: var(--warn); border-color: currentColor; }
.pictures img { width: 30px; height: 30px; margin-right: 3px; border-radius: 3px; image-rendering: pixelated; background: #000; vertical-align: middle; }
.label { color: var(--soft); } .nothing { color: var(--soft); }
.scroll { overflow-x: auto; }
.strip .completed { fill: var(--good); } .strip .failed { fill: var(--bad); } .strip .pending, .strip .processing { fill: var(--soft); }
.curve { width: 100%; height: auto; } .curve text { fill: var(--soft); font-size: 12px; }
.curve .axis { stroke: var(--line); } .curve .threshold { stroke: var(--bad); stroke-dasharray: 6 5; } .curve .values { fill: none; stroke: var(--accent); stroke-width: 2; }
.curve .check { fill: var(--accent); } .curve .fired { fill: var(--bad); stroke: var(--card); stroke-width: 2; }
footer { color: var(--soft); font-size: 13px; }
@media print { section { break-inside: avoid; } }
`;
