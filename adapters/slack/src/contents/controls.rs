//! Buttons, menus and fields to fill in, which only an app in Slack could answer.

use migrate_markdown::Style;
use migrate_model::Stop;

use crate::contents::extras::Extras;
use crate::contents::files;
use crate::contents::pictures;
use crate::foreign::attached::Action;
use crate::foreign::block_kit::Node;
use crate::losses;

/// Writes a row of elements: a button with an address as a link, all else as it
/// was labelled.
pub(crate) fn write<'m>(
    elements: impl Iterator<Item = &'m Node<'m>>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    for element in elements {
        if &*element.kind == "image" {
            let picture = pictures::Picture::new(&element.image_url, &element.alt_text);
            pictures::take(picture, extras)?;
            continue;
        }
        let first = label(element);
        write_one(first, &element.url, extras)?;
        if first.is_empty() {
            // The choices of a list of boxes stand there in full.
            for choice in element.options.iter().take(MOST_CHOICES) {
                write_label(&choice.text.text, extras);
            }
        }
    }
    Ok(())
}

/// The same for the actions of a report.
pub(crate) fn write_actions<'m>(
    actions: impl Iterator<Item = &'m Action<'m>>,
    extras: &mut Extras<'_, 'm>,
) -> Result<(), Stop> {
    for action in actions {
        write_one(&action.text, &action.url, extras)?;
    }
    Ok(())
}

/// Slack allows ten boxes and a hundred choices of a menu, which is shut.
const MOST_CHOICES: usize = 10;

fn write_one(label: &str, url: &str, extras: &mut Extras<'_, '_>) -> Result<(), Stop> {
    if !url.is_empty() && !label.trim().is_empty() {
        extras.space();
        extras.link(label, url, Style::PLAIN);
        return Ok(());
    }
    write_label(label, extras);
    extras.lose(losses::CONTROL, 1, &files::shown(label))
}

fn write_label(label: &str, extras: &mut Extras<'_, '_>) {
    if !label.trim().is_empty() {
        extras.space();
        extras.words(&format!("[{}]", label.trim()), Style::PLAIN);
    }
}

/// What an element shows.
fn label<'n>(element: &'n Node<'_>) -> &'n str {
    let texts = [
        &element.text.text,
        &element.initial_option.text.text,
        &element.initial_value,
        &element.initial_date,
        &element.placeholder.text,
    ];
    let found = texts.into_iter().find(|it| !it.trim().is_empty());
    found.map_or("", |it| it)
}
