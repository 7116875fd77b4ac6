"""Print the story of each finding."""

from __future__ import annotations

from lawful.codegen.explorer.words import story_text

from .stories import findings, story

for world in findings():
    print(f"## {world[0].upper()}{world[1:]}\n\n```\n{story_text(story(world))}```\n")
