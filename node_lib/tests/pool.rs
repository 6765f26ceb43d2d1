//! The pool of growable buffers: same memory again and again, and only memory that is as large as it should be.

use allocation_counter::measure;
use bytes::{Buf, BytesMut};
use node_lib::buffer_pool::{BUFFER_CLASSES, get_buffer, return_buffer};

#[test]
fn a_returned_buffer_is_the_next_one_handed_out() {
    for (hint, class) in [(0, 256), (256, 256), (257, 512), (512, 512), (513, 1500), (1500, 1500)] {
        let buf = get_buffer(hint);
        assert_eq!(buf.capacity(), class, "{hint}");
        let address = buf.as_ptr();
        return_buffer(buf);
        for _ in 0..1000 {
            let mut buf = get_buffer(hint);
            assert_eq!((buf.as_ptr(), buf.len(), buf.capacity()), (address, 0, class), "{hint}");
            buf.resize(hint, 0xaa);
            return_buffer(buf);
        }
    }
}

#[test]
fn after_warm_up_nothing_is_allocated() {
    let cycle = || {
        let mut held = BUFFER_CLASSES.map(get_buffer);
        for buf in &mut held {
            buf.resize(buf.capacity(), 0xaa);
        }
        held.into_iter().for_each(return_buffer);
    };
    assert!(measure(cycle).count_total >= 3, "the first cycle makes the buffers");
    assert_eq!(measure(|| (0..1000).for_each(|_| cycle())).count_total, 0);
}

#[test]
fn a_buffer_that_lost_capacity_is_refused() {
    type Shrink = fn(&mut BytesMut);
    let shrinks: [Shrink; 3] =
        [|buf| drop(buf.split_to(100)), |buf| buf.advance(1), |buf| drop(buf.split_off(300))];
    for class in BUFFER_CLASSES.into_iter().skip(1) {
        for shrink in shrinks {
            let mut buf = get_buffer(class);
            buf.resize(class, 0xaa);
            shrink(&mut buf);
            let smaller = buf.capacity();
            assert!(smaller < class);
            return_buffer(buf);
            for hint in [0, 256, smaller.min(1500), class] {
                let next = get_buffer(hint);
                assert!(BUFFER_CLASSES.contains(&next.capacity()), "{} for {hint}", next.capacity());
                assert!(next.capacity() >= hint);
            }
        }
    }
}

#[test]
fn hints_above_the_largest_class_are_not_pooled() {
    let allocated = measure(|| return_buffer(get_buffer(1501)));
    assert_eq!((allocated.count_total, allocated.count_current), (1, 0));
    assert_eq!(measure(|| return_buffer(get_buffer(1501))).count_total, 1);
    assert!(get_buffer(70_000).capacity() >= 70_000);
}

#[test]
fn what_is_kept_is_bounded() {
    let held: Vec<BytesMut> = (0..1000).map(|_| get_buffer(1500)).collect();
    let freed = measure(|| held.into_iter().for_each(return_buffer));
    assert!(freed.bytes_current <= -1500 * 900, "most of 1000 buffers are freed: {freed:?}");
    let again = measure(|| drop((0..64).map(|_| get_buffer(1500)).collect::<Vec<_>>()));
    assert_eq!(again.count_total, 1, "64 are kept; only the list is new");
}

#[test]
fn each_thread_has_its_own_pool() {
    let buf = get_buffer(256);
    let address = buf.as_ptr() as usize;
    return_buffer(buf);
    let elsewhere = std::thread::spawn(|| {
        let buf = get_buffer(256);
        let address = buf.as_ptr() as usize;
        return_buffer(buf);
        address
    });
    assert_ne!(elsewhere.join().expect("the thread ends well"), address);
    assert_eq!(get_buffer(256).as_ptr() as usize, address);
}
