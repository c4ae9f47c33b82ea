/** Block Kit text objects: mrkdwn is parsed, plain_text is shown to the letter (shortcodes aside). */

import { h } from './dom.js';
import { mrkdwn } from './mrkdwn.js';
import { withEmoji } from './emoji.js';

/** A text object as a node; a missing one is an empty node. */
export function textObject(text) {
  if (!text) return document.createDocumentFragment();
  if (text.type === 'mrkdwn') return mrkdwn(text.text, { verbatim: Boolean(text.verbatim) });
  return h('span', { class: 'verbatim' }, plainText(text));
}

/** A text object's words, for labels and options. */
export function plainText(text) {
  if (!text) return '';
  const words = String(text.text ?? '');
  return text.emoji === false ? words : withEmoji(words);
}
