/** The HTML report's looks: light and dark, for paper, and for a phone. Colours reach a contrast of 4.5 on their grounds. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--line:#dde1e7;--text:#1b2430;--soft:#5a6675;--accent:#1d5fd1;
--leaked:#b3261e;--leaked-bg:#fdecea;--unmanaged:#8a2b8f;--unmanaged-bg:#f8eaf9;--unknown:#855a00;--unknown-bg:#fdf3dc;
--recycling:#0b6674;--recycling-bg:#e2f4f6;--retained:#1f56b5;--retained-bg:#e6eefb;--transient:#566171;--transient-bg:#edf0f3;--in-use:#1d6b38;--in-use-bg:#e4f4e9}
@media screen and (prefers-color-scheme:dark){:root{--ground:#11161d;--card:#1a212b;--line:#323c49;--text:#e8ecf1;--soft:#a3afbd;--accent:#86b3ff;
--leaked:#ff9a92;--leaked-bg:#43201e;--unmanaged:#eda3f0;--unmanaged-bg:#3b2040;--unknown:#f3c768;--unknown-bg:#3d3115;
--recycling:#7fd6e2;--recycling-bg:#143940;--retained:#9dc1ff;--retained-bg:#1d3154;--transient:#b6c0cc;--transient-bg:#2b343f;--in-use:#8bd8a4;--in-use-bg:#183b25}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"PingFang SC","Microsoft YaHei",sans-serif;font-variant-numeric:tabular-nums}
header,main,footer{max-width:1320px;margin:0 auto;padding:0 20px}
header{padding-top:28px}h1{font-size:22px;margin:0}h2{font-size:17px;margin:0 0 10px}
p{margin:0 0 8px}.soft{color:var(--soft)}.skip{position:absolute;left:-999px}.skip:focus{left:20px;top:8px;background:var(--card);padding:6px 12px;z-index:2}
a{color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
section{margin:26px 0}nav ul{display:flex;gap:18px;flex-wrap:wrap;list-style:none;margin:8px 0 0;padding:0}
code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px}
.card dt{color:var(--soft);font-size:13px}.card dd{margin:0}.card .big{font-size:23px;font-weight:650;letter-spacing:-.01em;line-height:1.25}
dl{margin:0}
.live{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,240px),1fr));gap:8px 24px}.live dt{color:var(--soft);font-size:13px}.live dd{margin:0}
.history{padding-left:20px}.history time{color:var(--soft);white-space:nowrap;margin-right:8px}
.sign-in{max-width:420px;display:grid;gap:12px;margin:20px 0}.sign-in label{display:grid;gap:4px}.sign-in input,.sign-in button{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--soft);border-radius:8px;padding:8px 12px}
.alarm{border:2px solid var(--leaked);background:var(--leaked-bg);border-radius:12px;padding:14px 18px}.alarm h2{color:var(--leaked)}
.alarm ul,.plain{margin:0;padding-left:20px}.fine{color:var(--in-use);font-weight:600}.bad{color:var(--leaked);font-weight:600}
.bar{display:block;width:100%;height:14px;border-radius:7px;margin:16px 0 8px;background:var(--line)}.bar rect{fill:var(--c);stroke:var(--ground);stroke-width:1}
.nowhere{position:absolute}.s-ground{fill:var(--leaked-bg)}.s-line{fill:var(--leaked);opacity:.65}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;list-style:none;margin:0;padding:0;font-size:13px}
.legend i{display:inline-block;width:10px;height:10px;border-radius:3px;background:var(--c);margin-right:6px}
.v-leaked{--c:var(--leaked);--b:var(--leaked-bg)}.v-unmanaged{--c:var(--unmanaged);--b:var(--unmanaged-bg)}.v-unknown{--c:var(--unknown);--b:var(--unknown-bg)}
.v-recycling{--c:var(--recycling);--b:var(--recycling-bg)}.v-retained{--c:var(--retained);--b:var(--retained-bg)}.v-transient{--c:var(--transient);--b:var(--transient-bg)}.v-in-use{--c:var(--in-use);--b:var(--in-use-bg)}
.badge{display:inline-block;background:var(--b);color:var(--c);border-radius:999px;padding:1px 10px;font-size:13px;font-weight:600;white-space:nowrap}
.wide{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:12px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:14px;align-items:start}
.costs .wide{margin-bottom:14px}.costs td,.costs th{padding:6px 14px}.costs th[scope=row]{font-weight:400}.costs thead th:first-child{width:100%}
table{border-collapse:collapse;width:100%}caption{text-align:left;padding:12px 14px 4px;color:var(--soft);font-size:13px}
th,td{text-align:left;padding:8px 14px;vertical-align:top}thead th{font-size:13px;color:var(--soft);border-bottom:1px solid var(--line);white-space:nowrap;font-weight:600}
tbody+tbody>tr:first-child>*,tbody.rows>tr+tr>*{border-top:1px solid var(--line)}
th[scope=row]{font-weight:600}th .soft{font-weight:400}th br~.soft{white-space:nowrap}.number{text-align:right;white-space:nowrap}.nowrap{white-space:nowrap}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}th button:after{content:"";display:inline-block;width:1em}
th.number button:after{width:auto}
th[aria-sort=ascending] button:after{content:" ↑"}th[aria-sort=descending] button:after{content:" ↓"}
.eips td,.eips th[scope=row]{padding:4px 10px;font-size:14px;vertical-align:middle}.eips thead th{padding:8px 10px;position:sticky;top:0;background:var(--card)}
.eips .id{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.92em;text-decoration:none;font-weight:600}.eips th[scope=row],.eips td[data-key=ip]{white-space:nowrap}
.group th{padding:12px 10px 4px;font-size:13px;border-top:1px solid var(--line)}.eips tbody:first-of-type tr:first-child th{border-top:0}.eips tbody+tbody>tr.row:first-child>*,.eips tbody+tbody>tr.space>*{border-top:0}.eips .space td{padding:0;border:0}.dot{display:inline-block;width:10px;height:10px;border-radius:3px;background:var(--c);margin-right:8px}
.row:target,.row:hover{background:var(--ground)}.row:target{outline:2px solid var(--accent);outline-offset:-2px}
.toggle,.copy{font:inherit;font-size:12px;color:var(--soft);background:none;border:0;padding:2px 6px;cursor:pointer;border-radius:4px}.toggle{font-size:14px;padding:2px 6px 2px 0}
.copy{opacity:0}.row:hover .copy,.copy:focus,.commands .copy{opacity:1}#csv{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--soft);border-radius:8px;padding:5px 12px;cursor:pointer}
.eips .more td{padding:2px 10px 14px 34px;background:var(--ground)}.commands code{margin-right:4px}.commands .copy{margin-right:14px}@media screen and (min-width:1250px){.eips td[data-key=next]{white-space:nowrap}}.facts{font-size:13px;color:var(--soft)}.legend-of{font-size:13px}
.tile{border-left:5px solid var(--c)}.tile:first-child .big{color:var(--c)}.tile dt:first-letter{text-transform:uppercase}
.more td{padding-top:0}.more ul{margin:2px 0 0;padding-left:18px}.why{max-width:72ch;margin:0}
.steps{list-style:none;display:flex;flex-wrap:wrap;gap:2px 18px;margin:4px 0 0!important;padding:0!important;font-size:13px}
.due{color:var(--leaked);font-weight:600}.withheld{color:var(--unknown)}
.filters{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:end;margin:0 0 12px}.filters label{font-size:13px;color:var(--soft);display:grid;gap:2px}
.filters input,.filters select{font:inherit;color:var(--text);background:var(--card);border:1px solid var(--soft);border-radius:8px;padding:5px 10px;min-width:9em;max-width:100%}.filters .find{flex:1 1 260px}.filters output{flex-basis:100%;font-size:13px;color:var(--soft)}
[hidden]{display:none!important}
.scroll{overflow-x:auto;max-width:700px}.timeline{display:block;width:100%;min-width:440px;height:auto;margin-top:6px}
.t-before{fill:var(--in-use-bg);stroke:var(--in-use);stroke-width:.5}.t-bound{fill:var(--in-use);opacity:.7}.t-possible{fill:url(#stripes)}.t-known{fill:var(--leaked)}.t-future{fill:var(--line)}
.t-now{stroke:var(--text);stroke-width:2}.t-label{font-size:11px;fill:var(--soft)}
.t-mark line{stroke:var(--text);stroke-width:1}.t-mark circle{fill:var(--text);stroke:var(--text);stroke-width:1.5}.t-mark text{font-size:10px;font-weight:700;fill:var(--card)}
.t-planned circle{fill:var(--card)}.t-planned text{fill:var(--text)}.t-planned line,.t-beyond line{stroke-dasharray:2 2}
.k-bound{background:var(--in-use);opacity:.7}.k-before{background:var(--in-use-bg);border:1px solid var(--in-use)}.k-possible{background:repeating-linear-gradient(45deg,var(--leaked) 0 3px,var(--leaked-bg) 3px 6px)}.k-known{background:var(--leaked)}
.key{display:inline-block;width:22px;height:10px;border-radius:2px;vertical-align:middle;margin-right:6px}
.finding{border-left:3px solid var(--unknown);padding-left:12px;margin:10px 0}.fix:before{content:"→ "}
details summary{cursor:pointer;font-weight:600;padding:6px 0}footer{padding-bottom:36px;color:var(--soft);font-size:13px}
.clusters td:nth-child(2),.clusters td:nth-child(3){overflow-wrap:anywhere;min-width:10.5em}
.eips td[data-key=owner]{overflow-wrap:anywhere;min-width:5em}@media screen and (max-width:1320px){.eips td.number{white-space:normal}}
@media screen and (max-width:760px){header,main,footer{padding-left:14px;padding-right:14px}
.stack thead{position:absolute;left:-9999px}.stack,.stack tbody,.stack tr,.stack td,.stack th[scope=row]{display:block;width:100%}.stack caption{display:block}
.stack tr{padding:4px 0}.stack td,.stack th[scope=row]{border:0!important;padding:2px 14px;text-align:left;white-space:normal}
.stack td[data-label]:before{content:attr(data-label) ": ";color:var(--soft)}.stack tbody{border-top:1px solid var(--line);padding:8px 0}.stack tbody.rows{padding:0}.stack tbody.rows tr{border-top:1px solid var(--line);padding:8px 0}
.filters label{flex:1 1 40%}.filters .find{flex-basis:100%}.filters input,.filters select{width:100%;min-width:0}.cards{grid-template-columns:1fr 1fr;gap:8px}.card{padding:8px 12px}.card .big{font-size:17px;overflow-wrap:anywhere}
.eips,.eips caption,.eips tbody,.eips .group,.eips .group th,.eips .more,.eips .more td{display:block;width:100%}.eips thead{position:absolute;left:-9999px}.eips .row{display:flex;flex-wrap:wrap;gap:0 12px;padding:5px 10px;border-top:1px solid var(--line)}
.eips .row td,.eips .row th{padding:0;font-size:13px}.eips .row td[data-key=pod]{flex-basis:100%;overflow-wrap:anywhere}.eips .row td[data-key=costSoFar],.eips .copy{display:none}.eips .more .copy{display:inline}.eips .more td{padding:4px 10px 12px}
.timeline{min-width:0}.t-mark circle{r:10px}.t-mark text{font-size:14px}.t-label{font-size:18px}}
@media print{.eips td.number{white-space:normal}.eips td[data-key=pod]{overflow-wrap:anywhere}:root{color-scheme:light}body{background:#fff;font-size:11px}h1{font-size:17px}h2{font-size:14px}section{margin:16px 0}
caption,thead th,.legend,.steps,.badge,.card dt,footer{font-size:10px}thead th,thead th.number,th br~.soft{white-space:normal}.scroll{max-width:480px}th,td,.costs th,.costs td{padding:4px 8px}
.cards{grid-template-columns:repeat(3,1fr)}.card{padding:8px 12px}.card .big{font-size:15px}.clusters td:nth-child(2),.clusters td:nth-child(3){min-width:9.2em}.filters,nav,.skip,.copy,.toggle,.legend-of{display:none}.eips td,.eips th[scope=row]{padding:2px 6px;font-size:10px}.eips thead th{position:static}.card,.wide{break-inside:avoid-page;border-color:#999}.wide{overflow:visible}
tbody{break-inside:avoid}header,main,footer{max-width:none}.t-before,.t-bound,.t-known,.t-possible,.bar,.badge,.t-mark circle{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
