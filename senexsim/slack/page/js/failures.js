/** Words for what goes wrong, as a person in Slack would read them. */

const WORDS = {
  operation_timeout: 'The app did not answer within 3 seconds.',
  dispatch_failed: 'The app could not be reached.',
  action_not_found: 'This is no longer offered here.',
  invalid_value: 'This cannot be entered here.',
  invalid_response_action: 'The app answered in a way Slack does not understand.',
  invalid_options: 'The app offered nothing Slack understands.',
  shortcut_not_found: 'The app no longer has this shortcut.',
  messages_tab_disabled: 'Sending messages to this app has been turned off.',
  msg_too_long: 'It is too long.',
  invalid_command_response: 'The app answered in a way Slack does not understand.',
  not_in_channel: 'You are not in this channel.',
  restricted_action: 'You may not do that here.',
  is_archived: 'This channel is archived.',
  channel_not_found: 'This channel is not there for you.',
  user_disabled: 'This person is deactivated.',
  account_inactive: 'This person is deactivated.',
  view_not_found: 'This window is gone.',
  message_not_found: 'This message is gone.',
};

const explain = (error) => (WORDS[error] ? `${WORDS[error]} (${error})` : error);

export function commandFailure(command, error) {
  return `\`${command}\` failed with the error “${error}”. ${WORDS[error] ?? ''}`.trim();
}

export const messageFailure = (error) => `Your message was not sent: ${explain(error)}`;
export const clickFailure = (error) => `That did not work: ${explain(error)}`;
export const submitFailure = (error) => `We had some trouble connecting: ${explain(error)} Try again?`;
