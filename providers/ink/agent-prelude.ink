// Appended to every story by the compiler: plain Ink, no externals. The player stops at the choice tagged `agent`,
// lets the reader talk, sets agent_outcome and agent_turns, and takes the choice.
VAR ai_seed = 0
VAR agent_character = -> agent_none
VAR agent_target = -> agent_none
VAR agent_outcome = ""
VAR agent_turns = 0
=== agent(->character, ->target) ===
~ agent_character = character
~ agent_target = target
~ agent_outcome = ""
~ agent_turns = 0
+ [Talk #agent] -> target
=== function SEED_AI(n)
~ ai_seed = n
=== agent_none
-> DONE
