/** The practice grants of the demo's broker: what one types into a connect window, each value with a copy button. */

import * as directory from './directory.js';
import { h, icon, iconButton, replace } from './dom.js';
import { openOverlay } from './overlay.js';
import { toast } from './toast.js';

const VALUES = [['provider_secret', 'Client secret'], ['refresh_token', 'Refresh token']];
const COPIED_MS = 1600;

/** The grants, the present person's first. */
function ordered(session) {
  return [...session.workspace.grants ?? []].sort((a, b) => Number(isMine(session, b)) - Number(isMine(session, a)));
}

function isMine(session, grant) {
  const me = directory.user(session.me);
  return [grant.user, grant.name].some((name) => [me.id, me.name, me.display_name].includes(name));
}

const owner = (grant) => directory.users().find((one) => one.id === grant.user || one.name === grant.user)?.display_name ?? grant.name ?? grant.user;

/** The panel with everybody's grants. */
export function openGrants(session) {
  let close = () => {};
  const list = ordered(session).map((grant) => h('section', { class: 'grant', data: { testid: 'grant', user: grant.user } },
    h('h3', { class: 'grant-title' }, `Practice grant for ${owner(grant)}`, isMine(session, grant) ? h('span', { class: 'grant-you' }, 'you') : null),
    grant.accounts?.length ? h('p', { class: 'grant-accounts' }, `Accounts ${grant.accounts.join(', ')}`) : null,
    VALUES.filter(([key]) => grant[key]).map(([key, label]) => valueRow(label, grant[key]))));
  const dialog = h('div', { class: 'dialog modal', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'grants-title', data: { testid: 'grants' } },
    h('header', { class: 'modal-head' }, h('h2', { class: 'dialog-title', id: 'grants-title' }, 'Practice grants'),
      iconButton('close', 'Close', () => close(), { data: { testid: 'grants-close', autofocus: '' } })),
    h('div', { class: 'modal-body' }, h('p', { class: 'grant-intro' }, 'Nothing here is real money. Each grant opens a practice account at the simulated broker; copy its two values into the app’s connect window.'), list));
  close = openOverlay(h('div', { class: 'scrim', on: { pointerdown: (event) => { if (event.target === event.currentTarget) close(); } } }, dialog), { onEscape: () => close() });
}

function valueRow(label, value) {
  return h('div', { class: 'grant-row' }, h('span', { class: 'grant-label' }, label), h('code', { class: 'grant-value' }, value), copyButton(`Copy ${label.toLowerCase()}`, value));
}

function copyButton(name, value) {
  const words = h('span', {}, name);
  const button = h('button', { type: 'button', class: 'button button-copy', data: { testid: 'copy', copy: value } }, icon('copy'), words);
  button.addEventListener('click', async () => {
    const done = await copy(value);
    replace(words, done ? 'Copied' : 'Press Ctrl C');
    if (done) toast('Copied to the clipboard');
    setTimeout(() => replace(words, name), COPIED_MS);
  });
  return button;
}

async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value);
  }
}

/** Without clipboard permission: the old way. */
function copyBySelection(value) {
  const field = h('textarea', { class: 'visually-hidden', readonly: true, 'aria-hidden': 'true' });
  field.value = value;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

/** A strip inside a modal with text fields: the present person's values are within reach while the modal is open. */
export function grantStrip(session) {
  const mine = ordered(session).filter((grant) => isMine(session, grant));
  if (!mine.length) return null;
  return h('details', { class: 'grant-strip', data: { testid: 'grant-strip' } },
    h('summary', {}, icon('key'), h('span', {}, `Practice grant for ${owner(mine[0])}`)),
    mine.map((grant) => h('div', { class: 'grant-strip-values' }, VALUES.filter(([key]) => grant[key]).map(([key, label]) => copyButton(`Copy ${label.toLowerCase()}`, grant[key])))));
}
