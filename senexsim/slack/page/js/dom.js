/** Building DOM nodes. Text reaches the page only as text nodes: nothing here parses markup. */

/**
 * Make an element. `props` holds attributes; `on` is a map of listeners, `data` of data attributes,
 * `class` the class list. A value of null, undefined or false leaves the attribute out; true sets it empty.
 * Children are nodes, strings, numbers, arrays of these; null and false are skipped.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  applyProps(node, props);
  append(node, children);
  return node;
}

function applyProps(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === 'data') setData(node, value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
}

function setData(node, data) {
  for (const [key, value] of Object.entries(data)) {
    if (value !== null && value !== undefined) node.dataset[key] = String(value);
  }
}

/** Add children to a node; strings and numbers become text nodes. */
export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

/** Replace all children of a node. */
export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

const SHAPES = {
  hash: ['M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16'],
  lock: ['M6.5 11h11v9h-11zM9 11V8a3 3 0 0 1 6 0v3'],
  send: ['M4 12 20 4l-5 16-4-6.5zM11 13.5 20 4'],
  bolt: ['M13 3 5 13.5h6L10 21l8.5-11H12z'],
  back: ['M15 5l-7 7 7 7'],
  down: ['M6 9.5l6 6 6-6'],
  close: ['M6 6l12 12M18 6 6 18'],
  dots: ['M5.5 12h.01M12 12h.01M18.5 12h.01'],
  key: ['M8 11.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12.6 20 4M16.4 7.6l3 3'],
  copy: ['M9 9h11v11H9zM5 15H4V4h11v1'],
  check: ['M5 12.5l4.5 4.5L19 7'],
  eye: ['M2.5 12s3.5-6 9.5-6 9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6z', 'M12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z'],
  thread: ['M20 12a7.5 7.5 0 0 1-11.2 6.5L4 20l1.4-4.6A7.5 7.5 0 1 1 20 12z'],
  home: ['M4 11.5 12 4.5l8 7V20h-5.5v-5h-5v5H4z'],
  people: ['M9 11.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4zM2.8 19.5c.4-3.4 3-5.4 6.2-5.4s5.8 2 6.2 5.4', 'M16 5.6a3 3 0 0 1 0 5.6M18 14.6c1.9.7 3 2.4 3.3 4.9'],
  chart: ['M4 19.5h16M6.5 16V9M11 16V5M15.5 16v-5M20 16V8'],
  wire: ['M4 8h14l-3.5-3.5M20 16H6l3.5 3.5'],
  flag: ['M6 21V4M6 4.5h11l-2.5 4L17 12.5H6'],
  split: ['M4 5h16v14H4zM12 5v14'],
  wide: ['M9 7l-5 5 5 5M15 7l5 5-5 5M4 12h16'],
  warn: ['M12 4 2.8 20h18.4zM12 10v4.5M12 17.2h.01'],
};

/** One line icon, hidden from assistive technology: the control that holds it has the name. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.classList.add('icon', `icon-${name}`);
  for (const d of SHAPES[name]) {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

/** Is there a pointer, and so most likely a keyboard on the desk rather than on the screen? */
export const hasPointer = () => window.matchMedia('(pointer: fine)').matches;

/** A square button that shows only an icon; `label` is its accessible name and its tooltip. */
export function iconButton(name, label, onClick, props = {}) {
  const { class: extra = '', ...rest } = props;
  return h('button', {
    type: 'button', 'aria-label': label, title: label, ...rest, class: `icon-button ${extra}`.trim(), on: { click: onClick },
  }, icon(name));
}
