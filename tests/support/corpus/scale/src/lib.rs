//! Weighing of containers, and the stability of a stack of them.

use std::collections::HashMap;
use std::fmt;

/// A weighed container; kilograms.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    pub id: String,
    pub gross: u32,
    pub tare: u32,
}

#[derive(Debug)]
pub enum WeighError {
    Overload(u32),
    Negative,
}

impl fmt::Display for WeighError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WeighError::Overload(limit) => write!(f, "heavier than {limit} kg"),
            WeighError::Negative => write!(f, "net weight below zero"),
        }
    }
}

impl Weighed {
    pub fn net(&self) -> Result<u32, WeighError> {
        self.gross.checked_sub(self.tare).ok_or(WeighError::Negative)
    }
}

pub fn total_net(all: &[Weighed]) -> Result<u32, WeighError> {
    let mut sum = 0;
    for weighed in all {
        sum += weighed.net()?;
    }
    Ok(sum)
}

pub fn by_id(all: Vec<Weighed>) -> HashMap<String, Weighed> {
    all.into_iter().map(|w| (w.id.clone(), w)).collect()
}

fn is_stable(stack: &[Weighed]) -> bool {
    stack.windows(2).all(|pair| pair[0].gross >= pair[1].gross)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lighter_containers_go_on_top() {
        let heavy = Weighed { id: "a".into(), gross: 9000, tare: 2000 };
        let light = Weighed { id: "b".into(), gross: 4000, tare: 2000 };
        assert!(is_stable(&[heavy, light]));
    }
}
