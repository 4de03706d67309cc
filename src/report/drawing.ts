/**
 * How a timeline is drawn, as JavaScript for the browser: places from 0 to 640 from left to right, and the same said in words. It takes a
 * `Line` (rows.ts), the present in Unix seconds, and the words. Nothing in it needs a page, so that tests call it as it is.
 */
export const DRAWING = `
  const LETTERS = { created: "C", lastBound: "B", threshold: "T", flagged: "F", flag: "F", noticed: "N", release: "R" };
  const momentOf = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ") + " UTC";
  const put = (text, ...values) => text.replace(/\\{\\}/g, () => values.shift());
  // Marks nearer to each other than NEAR go on top of each other; they are larger on a phone, and still must not be cut off.
  const WIDTH = 640, NEAR = 20, ROOM = 11;
  function drawn([from, to, possibleSince, knownSince, boundTime, marks], now, say) {
    const x = (at) => Math.max(0, Math.round(((at - from) / (to - from)) * WIDTH * 10) / 10);
    const possible = possibleSince === null ? 0 : x(possibleSince);
    const created = marks.find(([kind]) => kind === "created");
    const since = boundTime ? boundTime[0] : null;
    const levels = [];
    marks.forEach(([, at], index) => levels.push(index > 0 && x(at) - x(marks[index - 1][1]) < NEAR ? levels[index - 1] + 1 : 0));
    const titles = marks.map(([kind, at]) => put(say[kind], momentOf(now + at)));
    return {
      possible,
      known: x(knownSince),
      now: x(0),
      begin: created ? Math.min(possible, x(created[1])) : 0,
      bound: since === null ? null : [x(since), Math.min(possible, x(boundTime[1]))],
      from: momentOf(now + from).slice(0, 10),
      to: momentOf(now + to).slice(0, 10),
      marks: marks.map(([kind, at, happened], index) => ({
        letter: LETTERS[kind],
        at: Math.min(WIDTH - ROOM, Math.max(ROOM, x(at))),
        level: levels[index],
        planned: !happened,
        beyond: at < from,
        title: titles[index] + (at < from ? say.beyond : ""),
      })),
      label: [
        ...(since === null ? [] : [put(say.boundSince, momentOf(now + since))]),
        possibleSince === null ? say.possible : put(say.possibleSince, momentOf(now + possibleSince)),
        put(say.knownSince, momentOf(now + knownSince)),
        ...titles,
      ].join("; "),
    };
  }
`;
