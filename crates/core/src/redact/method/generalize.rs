//! The larger group that a value belongs to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Scalar, Unfit};
use crate::{json::write_string, rules::Generalize};

/// Bits of an address that name its network: a site's in IPv4 practice, and in IPv6 (RFC 6177).
const NETWORK_BITS: (u8, u8) = (24, 48);

pub(super) fn write(to: Generalize, json: &str, out: &mut String) -> Result<(), Unfit> {
    let text = Scalar::of(json, "generalize", "text")?.text("generalize")?;
    match to {
        Generalize::Network => {
            let network = network(&text).ok_or(Unfit::NotA("an IP address"))?;
            write_string(out, &network);
        }
        Generalize::Domain => {
            let domain = domain(&text).ok_or(Unfit::NotA("an e-mail address"))?;
            write_string(out, domain);
        }
    }
    Ok(())
}

/// The network of an address. One that is written with its own prefix length (PostgreSQL's `inet`) has to
/// have at least the network's.
fn network(text: &str) -> Option<String> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse::<IpAddr>().ok()?.to_canonical();
    let (four, six) = NETWORK_BITS;
    let (bits, most) = if address.is_ipv4() { (four, 32) } else { (six, 128) };
    if prefix.is_some_and(|prefix| prefix < bits || prefix > most) {
        return None;
    }
    Some(match address {
        IpAddr::V4(address) => {
            let network = Ipv4Addr::from_bits(address.to_bits() & (u32::MAX << (32 - four)));
            format!("{network}/{four}")
        }
        IpAddr::V6(address) => {
            let network = Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - six)));
            format!("{network}/{six}")
        }
    })
}

/// What stands behind the `@` of an address without a name around it.
fn domain(text: &str) -> Option<&str> {
    let (person, domain) = text.rsplit_once('@')?;
    let allowed = |it: char| it.is_alphanumeric() || it == '.' || it == '-';
    let is_domain = !domain.is_empty() && domain.chars().all(allowed);
    (!person.is_empty() && is_domain).then_some(domain)
}
