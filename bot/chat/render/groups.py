"""What groups hear about their notices."""

USAGE_NOTIFY = "Write <code>/notify on</code> or <code>/notify off</code> in the group it is for."
IN_GROUPS = "That belongs in a group: add the bot to one and write <code>/notify on</code> there."
ON = "🔔 This chat is told when a door opens, closes or needs somebody. <code>/notify off</code> ends that."
OFF = "🔕 This chat is not told about the doors."
