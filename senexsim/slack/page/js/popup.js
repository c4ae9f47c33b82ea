/** One floating box at a time, in the browser's top layer, placed beside its anchor and kept inside the window. */

let current = null;

/** Show `box` next to `anchor`. `prefer` is "above" or "below"; `width: "anchor"` makes it as wide as the anchor. */
export function openPopup(box, anchor, { prefer = 'below', width = null, onClose = null } = {}) {
  closePopup();
  box.setAttribute('popover', 'manual');
  box.classList.add('popup');
  (anchor.closest('.scrim') ?? document.body).append(box);
  box.showPopover();
  current = { box, anchor, prefer, width, onClose };
  placePopup();
}

export function closePopup() {
  if (!current) return;
  const { box, onClose } = current;
  current = null;
  box.remove();
  onClose?.();
}

export const popupIs = (box) => current?.box === box;

/** Put the open box where it fits; call again when its contents change. */
export function placePopup() {
  if (!current) return;
  const { box, anchor, prefer, width } = current;
  const gap = 6;
  const edge = 8;
  const frame = anchor.getBoundingClientRect();
  if (width === 'anchor') box.style.width = `${Math.min(frame.width, window.innerWidth - 2 * edge)}px`;
  box.style.maxHeight = '';
  const foot = Math.max(frame.bottom, complaint(anchor)?.bottom ?? 0);
  const below = window.innerHeight - foot - gap - edge;
  const above = frame.top - gap - edge;
  const wanted = Math.min(box.scrollHeight + 2, 360);
  const down = prefer === 'below' ? below >= wanted || below >= above : !(above >= wanted || above >= below);
  const height = Math.min(wanted, Math.max(down ? below : above, 96));
  box.style.maxHeight = `${height}px`;
  box.style.top = `${down ? foot + gap : frame.top - gap - height}px`;
  const left = Math.min(frame.left, window.innerWidth - box.offsetWidth - edge);
  box.style.left = `${Math.max(left, edge)}px`;
}

/** Where the error under a field stands: a box below the field goes below that too. */
const complaint = (anchor) => anchor.closest('.block-input')?.querySelector('.input-error')?.getBoundingClientRect();

document.addEventListener('pointerdown', (event) => {
  if (current && !current.box.contains(event.target) && !current.anchor.contains(event.target)) closePopup();
});
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !current) return;
  const { anchor } = current;
  event.preventDefault();
  event.stopImmediatePropagation();
  closePopup();
  anchor.focus?.();
}, true);
window.addEventListener('resize', placePopup);
