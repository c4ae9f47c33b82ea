/** Emoji shortcodes that desks use. An unknown shortcode stays as it was typed. */

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|wave 👋|clap 👏|pray 🙏|muscle 💪|raised_hands 🙌|point_right 👉|point_left 👈
point_up ☝️|point_down 👇|eyes 👀|brain 🧠|handshake 🤝|writing_hand ✍️|raised_hand ✋|v ✌️|fingers_crossed 🤞
smile 😄|smiley 😃|grinning 😀|slightly_smiling_face 🙂|wink 😉|joy 😂|sweat_smile 😅|thinking_face 🤔|neutral_face 😐|cry 😢|sob 😭
scream 😱|sunglasses 😎|heart_eyes 😍|face_with_monocle 🧐|exploding_head 🤯|zipper_mouth_face 🤐|sleeping 😴|robot_face 🤖|skull 💀
heart ❤️|broken_heart 💔|sparkles ✨|star ⭐|star2 🌟|fire 🔥|zap ⚡|boom 💥|100 💯|tada 🎉|confetti_ball 🎊|trophy 🏆|medal 🏅|dart 🎯
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|heavy_multiplication_x ✖️|negative_squared_cross_mark ❎
warning ⚠️|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|rotating_light 🚨|exclamation ❗|question ❓|bangbang ‼️
grey_exclamation ❕|grey_question ❔|information_source ℹ️|bulb 💡|bell 🔔|no_bell 🔕|loudspeaker 📢|mega 📣|speech_balloon 💬|thought_balloon 💭
red_circle 🔴|large_red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣
white_circle ⚪|black_circle ⚫|large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦
white_large_square ⬜|black_large_square ⬛|small_red_triangle 🔺|small_red_triangle_down 🔻|arrow_up_small 🔼|arrow_down_small 🔽
arrow_up ⬆️|arrow_down ⬇️|arrow_right ➡️|arrow_left ⬅️|arrow_upper_right ↗️|arrow_lower_right ↘️|arrows_counterclockwise 🔄|repeat 🔁
leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|heavy_plus_sign ➕|heavy_minus_sign ➖|new 🆕|ok 🆗|up 🆙|sos 🆘
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|moneybag 💰|dollar 💵|euro 💶|yen 💴|money_with_wings 💸|credit_card 💳
bank 🏦|receipt 🧾|briefcase 💼|scales ⚖️|abacus 🧮|gem 💎|bull 🐂|ox 🐂|bear 🐻|rocket 🚀|crystal_ball 🔮|shield 🛡️|lock 🔒|unlock 🔓|key 🔑
closed_lock_with_key 🔐|link 🔗|paperclip 📎|pushpin 📌|round_pushpin 📍|clipboard 📋|memo 📝|pencil 📝|pencil2 ✏️|page_facing_up 📄
scroll 📜|books 📚|book 📖|bookmark 🔖|newspaper 📰|calendar 📆|date 📅|spiral_calendar_pad 🗓️|clock1 🕐|clock3 🕒|clock9 🕘|clock12 🕛
alarm_clock ⏰|hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|watch ⌚|double_vertical_bar ⏸️|pause_button ⏸️
black_square_for_stop ⏹️|arrow_forward ▶️|fast_forward ⏩|rewind ⏪|mag 🔍|mag_right 🔎|gear ⚙️|wrench 🔧|hammer_and_wrench 🛠️|electric_plug 🔌
satellite_antenna 📡|computer 💻|desktop_computer 🖥️|iphone 📱|phone ☎️|email 📧|envelope ✉️|inbox_tray 📥|outbox_tray 📤|package 📦
house 🏠|office 🏢|globe_with_meridians 🌐|earth_americas 🌎|sunny ☀️|cloud ☁️|umbrella ☔|snowflake ❄️|rainbow 🌈|ocean 🌊
coffee ☕|beer 🍺|champagne 🍾|pizza 🍕|cake 🍰|seedling 🌱|evergreen_tree 🌲|four_leaf_clover 🍀|rose 🌹|dog 🐶|cat 🐱|unicorn_face 🦄|owl 🦉
turtle 🐢|snail 🐌|bug 🐛|construction 🚧|checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|us 🇺🇸|recycle ♻️|infinity ♾️
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|zero 0️⃣|first_place_medal 🥇|second_place_medal 🥈|third_place_medal 🥉|bust_in_silhouette 👤|busts_in_silhouette 👥`;

const EMOJI = new Map(TABLE.trim().split(/[|\n]/).map((pair) => pair.trim().split(' ')));

/** The emoji for a shortcode without its colons, or undefined. */
export const emojiFor = (name) => EMOJI.get(name);

/** All known [name, emoji] pairs, for completion. */
export const emojiNames = () => [...EMOJI.entries()];

/** Replace the shortcodes in plain text. */
export function withEmoji(text) {
  return text.replace(/:([a-z0-9_+'-]+):/g, (whole, name) => EMOJI.get(name) ?? whole);
}
