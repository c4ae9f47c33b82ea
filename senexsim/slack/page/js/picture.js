/** Images in blocks. Only this machine and inline data are loaded; for other hosts the words stand in. */

import { h } from './dom.js';

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** May the page load this address? It must not reach beyond loopback. */
export function loadable(address) {
  if (/^data:image\/(png|jpeg|gif|webp);base64,/i.test(address)) return true;
  try {
    const url = new URL(address, window.location.href);
    return /^https?:$/.test(url.protocol) && (LOCAL.has(url.hostname) || url.origin === window.location.origin);
  } catch {
    return false;
  }
}

/** An image element, or a quiet box with its description. */
export function picture(element, className) {
  const address = element.image_url ?? element.slack_file?.url ?? (element.slack_file?.id ? `/_sim/files/${element.slack_file.id}` : '');
  const words = element.alt_text || 'Image';
  if (!loadable(address)) return h('span', { class: `picture-absent ${className}`, role: 'img', 'aria-label': words }, words);
  const image = h('img', { class: className, src: address, alt: words, loading: 'lazy' });
  image.addEventListener('error', () => image.replaceWith(h('span', { class: `picture-absent ${className}` }, words)), { once: true });
  return image;
}
