/** A stack of dialogs. What lies under the top one is inert; Escape goes to the top one; focus comes back after. */

const stack = [];
const app = () => document.getElementById('app');
const FOCUSABLE = 'input:not([type=hidden]), textarea, select, button, summary, a[href], [tabindex="0"]';

/** Show a dialog node over the page. `onEscape` decides what Escape does. Returns a function that removes it. */
export function openOverlay(node, { onEscape, focus = null }) {
  const entry = { node, onEscape, returnTo: document.activeElement };
  stack.push(entry);
  document.body.append(node);
  settle();
  (focus ?? node.querySelector('[data-autofocus]') ?? node.querySelector(FOCUSABLE) ?? node).focus({ preventScroll: true });
  return () => close(entry);
}

function close(entry) {
  const at = stack.indexOf(entry);
  if (at < 0) return;
  stack.splice(at, 1);
  entry.node.remove();
  settle();
  if (entry.returnTo?.isConnected) entry.returnTo.focus({ preventScroll: true });
}

/** Everything but the top layer is inert. */
function settle() {
  const root = app();
  root.inert = stack.length > 0;
  stack.forEach((entry, at) => { entry.node.inert = at < stack.length - 1; });
}

export const overlayOpen = () => stack.length > 0;

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented || !stack.length) return;
  event.preventDefault();
  stack[stack.length - 1].onEscape?.();
});

/** Keep Tab inside the top dialog; `inert` does the rest. */
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Tab' || !stack.length) return;
  const { node } = stack[stack.length - 1];
  const items = [...node.querySelectorAll(FOCUSABLE)].filter((item) => !item.disabled && item.checkVisibility({ visibilityProperty: true }));
  if (!items.length) return;
  const first = items[0];
  const last = items[items.length - 1];
  const outside = !node.contains(document.activeElement);
  if (event.shiftKey && (document.activeElement === first || outside)) {
    event.preventDefault();
    last.focus();
  } else if (!event.shiftKey && (document.activeElement === last || outside)) {
    event.preventDefault();
    first.focus();
  }
});
