//! What the flat form and the buffer pool save: counts the allocations of one heartbeat in each form, and shows where
//! the buffers of five packets lie. Every figure is measured while this runs.
//!
//! `cargo run -p node_lib --example buffer_pool_usage`

use allocation_counter::{AllocationInfo, measure};
use node_lib::addr::Mac;
use node_lib::buffer_pool::{get_buffer, return_buffer};
use node_lib::messages::{Control, Extensions, Heartbeat, Message, PacketType};
use std::hint::black_box;

fn main() {
    let source = Mac([2, 0, 0, 0, 0, 1]);
    let heartbeat = |id| {
        let extensions = Extensions::EMPTY;
        let heartbeat = Heartbeat { duration_ms: 90_000, id, hops: 1, source, extensions };
        let packet = PacketType::Control(Control::Heartbeat(heartbeat));
        Message { to: Mac::BROADCAST, from: source, marker: 0x88b5, packet }
    };
    allocations(&heartbeat(1));
    println!();
    let packets: Vec<Message<'_>> = (1..=5).map(heartbeat).collect();
    pool(&packets);
}

/// The same message in each form.
fn allocations(message: &Message<'_>) {
    let nested = measure(|| drop(black_box(Vec::<Vec<u8>>::from(black_box(message)))));
    let flat = measure(|| drop(black_box(Vec::<u8>::from(black_box(message)))));
    let mut out = [0; 64];
    let borrowed = measure(|| {
        black_box(message.emit(black_box(&mut out))).expect("64 bytes are enough");
    });
    send_pooled(message);
    let pooled = measure(|| {
        send_pooled(message);
    });
    println!("One heartbeat of {} bytes       allocations   bytes", message.wire_len());
    for (form, info) in [
        ("nested, Vec<Vec<u8>>", nested),
        ("flat, Vec<u8>", flat),
        ("pooled, after the first", pooled),
        ("borrowed, into a slice", borrowed),
    ] {
        println!("  {form:<32} {:>8} {:>9}", info.count_total, info.bytes_total);
    }

    let fields = Vec::<Vec<u8>>::from(message).len() as u64;
    let list = measure(|| drop(black_box(Vec::<Vec<u8>>::with_capacity(black_box(fields as usize)))));
    let field_allocations = nested.count_total - list.count_total;
    println!(
        "Fields:               {field_allocations} -> {} allocations, {}",
        flat.count_total,
        fewer(field_allocations, flat)
    );
    println!(
        "Fields and list:     {:>2} -> {} allocations, {}",
        nested.count_total,
        flat.count_total,
        fewer(nested.count_total, flat)
    );
    println!(
        "Bytes saved:        {} (the {fields} Vec headers in the list, {} bytes each)",
        nested.bytes_total - flat.bytes_total,
        list.bytes_total / fields,
    );
}

/// Five packets, one after the other, each in a buffer from the pool.
fn pool(packets: &[Message<'_>]) {
    println!("Buffer addresses over {} packets, on a thread whose pool is empty", packets.len());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut previous = None;
            let mut reused = 0;
            for (number, message) in (1..).zip(packets) {
                let mut address = std::ptr::null();
                let info = measure(|| address = send_pooled(message));
                let same = previous == Some(address);
                reused += u32::from(same);
                let note = if same { "the same memory" } else { "new memory" };
                println!("  packet {number}: {address:p}  {:>3} bytes allocated, {note}", info.bytes_total);
                previous = Some(address);
            }
            let after_first = packets.len() - 1;
            println!("Reused after the first: {reused} of {after_first}");
        });
    });
}

/// Encodes a message into a pooled buffer and returns the buffer, as a sender does; tells where the buffer was.
fn send_pooled(message: &Message<'_>) -> *const u8 {
    let mut buf = get_buffer(message.wire_len());
    message.append_to(&mut buf);
    let address = black_box(&buf).as_ptr();
    return_buffer(buf);
    address
}

fn fewer(before: u64, after: AllocationInfo) -> String {
    format!("{:.1} % fewer", 100.0 * (before - after.count_total) as f64 / before as f64)
}
