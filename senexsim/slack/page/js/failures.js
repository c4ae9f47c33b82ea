/** Words for what goes wrong, as a person in Slack would read them. */

const WORDS = {
  operation_timeout: 'The app did not answer within 3 seconds.',
  dispatch_failed: 'The app could not be reached.',
  dispatch_unknown_error: 'The app answered in a way Slack does not understand.',
  app_missing_action_url: 'The app has nowhere to receive this.',
  http_error: 'The app answered with an error.',
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
  if (['invalid_command', 'unknown_command', 'command_not_found'].includes(error)) {
    return `\`${command}\` is not a valid command. In Slack, all messages that start with “/” are interpreted as commands.`;
  }
  return `\`${command}\` failed with the error “${error}”. ${WORDS[error] ?? ''}`.trim();
}

export const messageFailure = (error) => `Your message was not sent: ${explain(error)}`;
export const clickFailure = (error) => `That did not work: ${explain(error)}`;
export const submitFailure = (error) => `We had some trouble connecting: ${explain(error)} Try again?`;
