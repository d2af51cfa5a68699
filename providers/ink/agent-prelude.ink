// Appended to every story by the compiler: plain Ink, no externals. The player stops at the choice tagged `agent`,
// lets the reader talk, sets agent_outcome (DIRECT_CONTINUE or BRIDGE_AND_CONTINUE) and agent_turns, and takes it.
// Every name but SEED_AI and ai_seed begins with agent, so that an author is free to use all others.
VAR ai_seed = 0
VAR agent_character = -> agent_none
VAR agent_target = -> agent_none
VAR agent_outcome = ""
VAR agent_turns = 0
=== agent(->agent_given_character, ->agent_given_target) ===
~ agent_character = agent_given_character
~ agent_target = agent_given_target
~ agent_outcome = ""
~ agent_turns = 0
+ [Talk #agent] -> agent_given_target
=== function SEED_AI(agent_seed)
~ ai_seed = agent_seed
=== agent_none
-> DONE
