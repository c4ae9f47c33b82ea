/** One sequence diagram: four lifelines, and an arrow for each message and each answer, in the order of time. */

const SPACE = 'http://www.w3.org/2000/svg';
const LEAST_WIDTH = 320;
const SIDES = { person: 0.1, slack: 0.36, app: 0.65, broker: 0.91 }; // of the width
const HEAD = 34;
const ROW = 30;
const LETTER = 7.2; // the width of one, about
const MOST_ROWS = 160;

/** From and to of a protocol, where the message goes into the simulator; out of it, it is the other way. */
const LANES = {
  person: ['person', 'slack'],
  'socket-mode': ['app', 'slack'],
  http: ['app', 'slack'],
  'web-api': ['app', 'slack'],
  rest: ['app', 'broker'],
  'account-stream': ['app', 'broker'],
  dxlink: ['app', 'broker'],
};
const NAMES = { 'socket-mode': 'Socket Mode', http: 'HTTP', 'web-api': 'Web API', rest: 'REST', 'account-stream': 'Account stream', dxlink: 'DXLink', person: 'Person' };

/** The arrows of some events, answers among them, in the order of time. */
export function steps(events) {
  const found = [];
  for (const event of events) {
    const [one, other] = LANES[event.lane] ?? LANES.rest;
    const [from, to] = event.way === 'in' ? [one, other] : [other, one];
    found.push({ event, at: event.at, from, to, words: event.count > 1 ? `${event.title} ×${event.count}` : event.title, isAnswer: false });
    if (event.ms !== null && event.lane !== 'person') found.push({ event, at: event.at + event.ms / 1000, from: to, to: from, words: `${event.outcome || 'no answer'} · ${event.ms} ms`, isAnswer: true });
  }
  return found.sort((one, other) => one.at - other.at || Number(one.isAnswer) - Number(other.isAnswer));
}

/** The picture, `wide` so many pixels that its words are as large as the page's; `show(step)` for an arrow that is pressed. */
export function draw(all, names, wide, show) {
  const width = Math.max(wide, LEAST_WIDTH);
  const shown = all.slice(0, MOST_ROWS);
  const height = HEAD + shown.length * ROW + 20 + (all.length > shown.length ? ROW : 0);
  const svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, class: 'sequence', role: 'group', 'aria-label': 'Sequence diagram', 'data-testid': 'sequence' });
  for (const [side, part] of Object.entries(SIDES)) {
    const x = part * width;
    svg.append(shape('line', { x1: x, x2: x, y1: HEAD - 6, y2: height - 8, class: 'sequence-life' }));
    svg.append(text(names[side], x, 18, 'sequence-name', { width, room: width / 4 }));
  }
  shown.forEach((step, row) => svg.append(arrow(step, HEAD + row * ROW + 20, width, show)));
  if (all.length > shown.length) svg.append(text(`and ${all.length - shown.length} more`, width / 2, height - 14, 'sequence-words', { width, room: width }));
  return svg;
}

function arrow(step, y, width, show) {
  const [from, to] = [SIDES[step.from] * width, SIDES[step.to] * width];
  const tip = to > from ? -1 : 1;
  const bad = step.isAnswer && /^(4|5)\d\d|error|reset|dropped|limit|timeout|failed|not_|no_|invalid/.test(step.event.outcome);
  const node = shape('g', {
    class: `sequence-step lane-${step.event.lane}${step.isAnswer ? ' is-answer' : ''}${bad ? ' is-bad' : ''}`, role: 'button', tabindex: '0',
    'aria-label': `${NAMES[step.event.lane]}, ${step.from} to ${step.to}: ${step.words}`, 'data-lane': step.event.lane,
  });
  node.append(shape('rect', { x: Math.min(from, to), y: y - 20, width: Math.abs(to - from), height: ROW - 2, class: 'sequence-ground' }));
  node.append(shape('line', { x1: from, x2: to, y1: y, y2: y, class: 'sequence-line' }));
  node.append(shape('path', { d: `M${to} ${y} l${tip * 8} -4 v8 z`, class: 'sequence-tip' }));
  node.append(text(step.words, (from + to) / 2, y - 5, 'sequence-words', { width, room: width * 0.62 }));
  node.addEventListener('click', () => show(step));
  node.addEventListener('keydown', (event) => {
    const arrows = [...node.parentNode.querySelectorAll('.sequence-step')];
    const to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (to) arrows[arrows.indexOf(node) + to]?.focus();
    else if (event.key === 'Enter' || event.key === ' ') show(step);
    else return;
    event.preventDefault();
  });
  return node;
}

function shape(tag, attributes) {
  const node = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

/** Words around `x`, moved so that they stay inside, and cut where the room ends. */
function text(words, x, y, kind, { width, room }) {
  const most = Math.floor(room / LETTER);
  const shown = words.length > most ? `${words.slice(0, most - 1)}…` : words;
  const half = (shown.length * LETTER) / 2;
  const node = shape('text', { x: Math.min(Math.max(x, half), width - half), y, class: kind, 'text-anchor': 'middle' });
  node.textContent = shown;
  if (words.length > most) {
    const whole = shape('title', {});
    whole.textContent = words;
    node.append(whole);
  }
  return node;
}
