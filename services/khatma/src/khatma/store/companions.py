"""Who sees what a person has read and earned."""

SHOWS = """
    exists (
        select from person where id = :person and deleted_at is null and (
            visibility = 'everybody' or visibility = 'companions' and exists (
                select from member as theirs where theirs.person_id = :person and (
                    select true from member as mine
                    where mine.khatma_id = theirs.khatma_id and mine.person_id = :me
                )
            )
        )
    )
"""
"""Whether `person` shows it to `me`, who is another: a khatma's members are companions. It looks up
one of their khatmas after the other, until there is a common one."""
