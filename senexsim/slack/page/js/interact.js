/** One interaction with an element: the control's body as `POST /_sim/click` takes it, and how the wait is shown. */

import * as api from './api.js';

/** The part of the body that says what was chosen. */
export function chosen(element, value) {
  switch (element.type) {
    case 'button': case 'workflow_button': case 'icon_button': case 'feedback_buttons':
      return value === null ? {} : { value };
    case 'static_select': case 'external_select': case 'overflow': case 'radio_buttons':
      return { selected_option: value };
    default:
      return { value };
  }
}

/** Send a click and mark the control as waiting meanwhile. Resolves to an error name, or null. */
export async function sendClick(place, element, block, value, control) {
  const body = { ...place, action_id: element.action_id, ...chosen(element, value) };
  if (block.block_id) body.block_id = block.block_id;
  const waiting = (Number(control?.dataset.waiting) || 0) + 1;
  if (control) {
    control.dataset.waiting = String(waiting);
    control.setAttribute('aria-busy', 'true');
  }
  try {
    const answer = await api.click(body);
    return answer.ok === false ? answer.error : answer.error ?? null;
  } catch (error) {
    return error.message;
  } finally {
    if (control) {
      const left = Number(control.dataset.waiting) - 1;
      control.dataset.waiting = String(left);
      if (!left) control.removeAttribute('aria-busy');
    }
  }
}

/** What was typed but not sent travels with the next press: Slack puts it into the payload's state. */
export async function tellEntries(place, form) {
  const entries = form.takeUntold();
  await Promise.all(entries.map(([blockId, actionId, value]) => api.click({ ...place, block_id: blockId, action_id: actionId, value }).catch(() => null)));
}

/** Option groups from `POST /_sim/suggest`. */
export async function askOptions(place, element, block, typed) {
  const answer = await api.suggest({ ...place, action_id: element.action_id, block_id: block.block_id, value: typed });
  if (answer.error) throw new Error('The options could not be loaded.');
  if (answer.option_groups?.length) return answer.option_groups;
  return [{ label: null, options: answer.options ?? [] }];
}
